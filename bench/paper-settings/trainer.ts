/** Trains adapters of one kind one after another, as `oftc finetune` does, on one engine: it starts once. */
import '../../src/node.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askedFor } from '../../src/cli/finetune/asked.ts';
import { dataOf } from '../../src/cli/finetune/data.ts';
import { findEngine, openEngine } from '../../src/cli/finetune/engine.ts';
import { onCommandLine } from '../../src/cli/finetune/named.ts';
import { startOn } from '../../src/cli/finetune/start.ts';
import type { Io } from '../../src/cli/io.ts';
import { parseSettings } from '../../src/cli/usage.ts';
import type { Batch } from '../../src/finetune/batch.ts';
import type { Engine } from '../../src/finetune/loop/engine.ts';
import { type Feed, textFeed } from '../../src/finetune/loop/feed.ts';
import type { Evaluation } from '../../src/finetune/loop/metrics.ts';
import { type TrainOptions, train } from '../../src/finetune/loop/train.ts';
import { weightsFrom } from '../../src/finetune/models/from-files.ts';
import { openModel } from '../../src/finetune/models/open.ts';
import type { OpenModel } from '../../src/formats/model.ts';
import type { HostArray, HostTensor } from '../../src/session/tensors.ts';
import { type Cell, SETTINGS } from './grid.ts';

export interface Inputs {
  readonly model: string;
  readonly data: string;
  readonly validation: string;
  readonly engine: 'webgpu' | 'torch';
}

/** The parts that the runs on one engine share. */
export const kindOf = ({ method, terms, activations }: Cell): string => `${method} ${terms} ${activations}`;

const silent: Io = { stdout: { write: () => {} }, stderr: { write: () => {} }, color: false, json: true };
const BETAS = [0.9, 0.999] as const;

export interface Trained {
  readonly parameters: number;
  /** The mean held-out losses at the start and at the end. */
  readonly start: number;
  readonly heldOut: number;
  readonly values: ReadonlyMap<string, HostArray>;
}

export class Trainer {
  readonly #files: OpenModel;
  readonly #feed: Feed<Batch, Engine>;
  readonly #engine: Engine;
  readonly #startOf: (seed: number) => Promise<ReadonlyMap<string, HostTensor>>;

  private constructor(
    files: OpenModel,
    feed: Feed<Batch, Engine>,
    engine: Engine,
    startOf: (seed: number) => Promise<ReadonlyMap<string, HostTensor>>,
  ) {
    this.#files = files;
    this.#feed = feed;
    this.#engine = engine;
    this.#startOf = startOf;
  }

  /** Opens an engine for the cells of a kind. PyTorch computes in float32, so that WebGPU has activations in f16. */
  static async open(cell: Cell, { model, data, validation, engine }: Inputs): Promise<Trainer> {
    const { batch, length } = SETTINGS;
    const { activations } = cell;
    const args = {
      ...{ engine: activations === 'f16' ? ('webgpu' as const) : engine, device: 'gpu' as const },
      ...{ activations, batch, length, seed: cell.seed, data: [data], validation: [validation] },
      ...(cell.nf4 ? { quantize: 'nf4-double' } : {}),
    };
    const found = await findEngine(args, onCommandLine);
    const set = parseSettings(cell.set);
    const asked = askedFor({ adapter: cell.adapter, targets: ['all-linear'], set }, onCommandLine);
    const files = await openModel(model);
    const read = await dataOf(args, files, silent);
    const startOf = async (seed: number) => {
      const start = await startOn(asked, { seed }, files, silent);
      return { start, tensors: await start.tensors(weightsFrom(files, args.quantize)) };
    };
    const opened = await openEngine(args, { found, files, ...(await startOf(cell.seed)) }, silent);
    const feed = textFeed(read, { config: files.config, batch });
    await opened.compile({ betas: BETAS, decay: 0, sizes: feed.sizes });
    return new Trainer(files, feed, opened, async (seed) => (await startOf(seed)).tensors);
  }

  async train({ rate, steps, seed }: Cell): Promise<Trained> {
    const tensors = await this.#startOf(seed);
    const adapter = new Map([...tensors].map(([path, { data }]) => [path, data]));
    await this.#engine.restore({ step: 0, adapter, moments: new Map() });
    const { batch, schedule, floor } = SETTINGS;
    const options: TrainOptions = {
      ...{ rate, least: rate * floor, schedule, warmup: 0, steps, batch, accumulate: 1 },
      ...{ clip: undefined, decay: 0, betas: BETAS, seed, evaluateEvery: steps, saveEvery: steps },
    };
    const heldOut: number[] = [];
    const watch = {
      step: () => undefined,
      evaluated: (evaluation: Evaluation) => {
        heldOut.push(evaluation.heldOut);
      },
    };
    const folder = mkdtempSync(join(tmpdir(), 'oftc-paper-'));
    const constant = { settings: {}, model: {}, frozen: new Map() };
    try {
      const run = { ...constant, folder, from: undefined, metrics: '' };
      const values = await train(this.#engine, this.#feed, options, run, watch);
      const parameters = [...values.values()].reduce((sum, { length }) => sum + length, 0);
      return { parameters, start: heldOut[0]!, heldOut: heldOut.at(-1)!, values };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  async dispose(): Promise<void> {
    await this.#engine.dispose();
    await this.#files.close();
  }
}
