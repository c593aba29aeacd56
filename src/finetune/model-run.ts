/**
 * A model as a sequence of Plans that the host runs: embedding, one block × layers, head and loss. Weights are uploaded
 * once. Of a forward only what enters each block is kept: a block's gradient computes the inside of the block again
 * (checkpointing; Chen et al., arXiv 1604.06174), so that memory grows with the layers by one activation each.
 */
import { gradName } from '../../compiler/autodiff/differentiate.ts';
import type { Binding } from '../../compiler/ir/dims.ts';
import { OftcError } from '../../compiler/ir/error.ts';
import type { InputNode } from '../../compiler/ir/node.ts';
import { padded } from '../../runtime/schedule.ts';
import { loadProgram, type Source } from '../load.ts';
import type { SessionOptions } from '../session.ts';
import type { HostArray, HostTensor } from '../tensors.ts';
import type { Batch } from './batch.ts';
import { Decoder } from './decoder.ts';
import { type Embedding, onDevice, onHost } from './embedding.ts';
import { type Head, piecedHead, wholeHead } from './head.ts';
import { type Adapted, adaptedAt } from './models/adapted.ts';
import { type ModelConfig, PROJECTIONS, type Projection, shapeOf, shortName } from './models/config.ts';
import { block } from './models/llama.ts';
import { ropeTables } from './models/rope.ts';
import { type Held, openPlace, type Place, type Value } from './place.ts';
import { countsOf, type Ran, Stage } from './stage.ts';
import { pathOf, Uploads, type Weights, weightBytes } from './uploads.ts';

export type { Weights } from './uploads.ts';

/** A layer in place of the projections it targets; see models/adapted.ts. */
export interface AdapterChoice {
  readonly source: Source;
  readonly layer?: string;
  readonly config?: object;
  /** Sizes that a projection's weight does not tell, such as the block size. */
  readonly dims?: Binding;
  readonly targets?: readonly Projection[];
  /** Its tensors, by their path in the model: `model.layers.0.self_attn.q_proj.oft_R.weight`. */
  readonly tensors: Weights;
}

export interface ModelOptions {
  readonly config: ModelConfig;
  readonly weights: Weights;
  readonly adapter?: AdapterChoice;
  readonly device?: SessionOptions['device'];
  /** Bytes of the largest tensor of the embedding and the head; what the device can bind, unless given. */
  readonly largest?: number;
  /** Tokens of the largest batch, whose logits must fit: the vocabulary is cut for them. */
  readonly tokensAtOnce?: number;
}

/** Gradients of the loss by the adapter's tensors, by path. They stay until they are freed. */
export interface Gradients {
  readonly loss: number;
  readonly values: ReadonlyMap<string, Value>;
  read(path: string): Promise<HostArray>;
  free(): void;
}

/** Device memory at its most while gradients are computed, by what takes it. */
export interface PlannedBytes {
  /** Frozen tensors, and the tables of the rotary embedding. */
  readonly weights: number;
  readonly adapter: number;
  /** Temporaries, uploads and uniforms. */
  readonly stages: number;
  /** What enters the first block and leaves it, and results of the head. */
  readonly activations: number;
  /** By the adapter's tensors and by what enters each block. */
  readonly gradients: number;
  readonly total: number;
}

interface Stages {
  readonly block: Stage;
  readonly blockGradient: Stage;
}

const ROOT = 'model';
const blockPath = (layer: number): string => `${ROOT}.layers.${layer}`;

export class Model {
  readonly config: ModelConfig;
  readonly place: Place;
  readonly #stages: Stages;
  readonly #adapters: Partial<Record<Projection, Adapted>>;
  readonly #embedding: Embedding;
  readonly #head: Head;
  /** What a block reads beside its activations, by layer. */
  readonly #blocks: readonly Readonly<Record<string, Value>>[];
  readonly #trained: Map<string, Held>;
  /** Path of each trained tensor, by layer and name in the block. */
  readonly #paths: readonly ReadonlyMap<string, string>[];

  private constructor(
    config: ModelConfig,
    place: Place,
    stages: Stages,
    adapters: Partial<Record<Projection, Adapted>>,
    tensors: {
      readonly embedding: Embedding;
      readonly head: Head;
      readonly blocks: readonly Readonly<Record<string, Value>>[];
      readonly trained: Map<string, Held>;
      readonly paths: readonly ReadonlyMap<string, string>[];
    },
  ) {
    this.config = config;
    this.place = place;
    this.#stages = stages;
    this.#adapters = adapters;
    this.#embedding = tensors.embedding;
    this.#head = tensors.head;
    this.#blocks = tensors.blocks;
    this.#trained = tensors.trained;
    this.#paths = tensors.paths;
  }

  /**
   * Compiles the stages and uploads the weights. Rejects with OFT6001 for an adapter that cannot take a projection's
   * place, OFT6002 for tensors of other sizes than the configuration's, and what `weights` rejects with.
   */
  static async open({
    config,
    weights,
    adapter,
    device,
    largest,
    tokensAtOnce = 2048,
  }: ModelOptions): Promise<Model> {
    const place = await openPlace(device);
    try {
      const adapters = adapter ? adaptersOf(config, adapter) : {};
      const stages = await prepare(place, config, adapters);
      const upload = new Uploads(place);
      const most = Math.min(place.largest, largest ?? Infinity) / Float32Array.BYTES_PER_ELEMENT;
      const rows = Math.max(1, Math.floor(most / Math.max(config.hidden, tokensAtOnce)));
      const embedding =
        config.vocabulary * config.hidden <= most
          ? await onDevice(place, config, weights, upload, ROOT)
          : await onHost(place, config, weights, ROOT);
      const head =
        rows < config.vocabulary
          ? await piecedHead(place, config, weights, upload, ROOT, rows)
          : await wholeHead(place, config, weights, upload, ROOT);
      const { cos, sin } = ropeTables(config.rope, config.headWidth, config.positions);
      const tables = {
        cosTable: place.hold('cos', cos).value,
        sinTable: place.hold('sin', sin).value,
      };
      const inputs = stages.block.program.inputs.filter((i) => !(i.name in tables));
      const own = new Set(
        block(config)
          .trace()
          .inputs.map((i) => i.name),
      );
      const from = (i: InputNode) => (own.has(i.name) || !adapter ? weights : adapter.tensors);
      const blocks: Readonly<Record<string, Value>>[] = [];
      for (let n = 0; n < config.layers; n++)
        blocks.push({ ...tables, ...(await upload.all(inputs, blockPath(n), from)) });
      const trainable = inputs.filter((i) => i.role === 'trainable');
      const paths = blocks.map((_, n) => new Map(trainable.map((i) => [i.name, pathOf(i, blockPath(n))])));
      const tensors = { embedding, head, blocks, trained: upload.trained, paths };
      return new Model(config, place, stages, adapters, tensors);
    } catch (e) {
      place.dispose();
      throw e;
    }
  }

  /** The adapter's tensors, by path. */
  get trained(): ReadonlyMap<string, Held> {
    return this.#trained;
  }

  /** Gives a tensor of the adapter another value, which stays the caller's to free. */
  replace(path: string, value: Held): void {
    const old = this.#trained.get(path);
    if (!old) throw new OftcError('OFT6002', `the adapter has no tensor '${path}'`);
    old.free();
    this.#trained.set(path, value);
  }

  /** (tokens, vocabulary). */
  async logits(batch: Batch): Promise<HostTensor> {
    const runs = await this.#forward(batch, false);
    try {
      const data = await this.#head.logits(batch.tokens, output(runs.at(-1)!));
      return { data, shape: [batch.tokens, this.config.vocabulary] };
    } finally {
      for (const r of runs) r.free();
    }
  }

  /** The loss alone. */
  async loss(batch: Batch): Promise<number> {
    const runs = await this.#forward(batch, false);
    const head = await this.#head.gradient(batch, output(runs.at(-1)!));
    try {
      return await head.loss();
    } finally {
      for (const r of [...runs, head]) r.free();
    }
  }

  /** The loss and its gradients by every tensor of the adapter. */
  async gradients(batch: Batch): Promise<Gradients> {
    const { tokens, position, start } = batch;
    const entered = await this.#forward(batch, true);
    const head = await this.#head.gradient(batch, output(entered.at(-1)!));
    const values = new Map<string, Value>();
    const reads = new Map<string, () => Promise<HostArray>>();
    const kept: Ran[] = [];
    let cotangent = head.x;
    for (let n = this.config.layers - 1; n >= 0; n--) {
      const back = await this.#stages.blockGradient.run(tokens, {
        ...this.#tensors(n),
        x: output(entered[n]!),
        position,
        start,
        [gradName('y')]: cotangent,
      });
      for (const [name, path] of this.#paths[n]!) {
        values.set(path, back.values[gradName(name)]!);
        reads.set(path, () => back.read(gradName(name)));
      }
      entered[n + 1]!.free();
      kept.push(back);
      cotangent = back.values[gradName('x')]!;
    }
    entered[0]!.free();
    const value = await head.loss();
    await Promise.all(kept.map((r) => r.done()));
    head.free();
    return {
      loss: value,
      values,
      read: (path) => reads.get(path)!(),
      free: () => {
        for (const r of kept) r.free();
      },
    };
  }

  /** Goes on with a sequence of at most `room` tokens, its keys and values kept. It is to be disposed before the model. */
  decoder(room: number): Promise<Decoder> {
    const parts = { embedding: this.#embedding, head: this.#head, adapters: this.#adapters };
    const tensors = (layer: number) => this.#tensors(layer);
    return Decoder.prepare({ config: this.config, place: this.place, ...parts, tensors }, room);
  }

  /** A block's weights, and its part of the adapter as it is now. */
  #tensors(layer: number): Record<string, Value> {
    const own = [...this.#paths[layer]!].map(([name, path]) => [name, this.#trained.get(path)!.value]);
    return { ...this.#blocks[layer]!, ...Object.fromEntries(own) };
  }

  /** What enters each block, and what leaves the last; only that where `keep` is false. */
  async #forward({ tokens, ids, position, start }: Batch, keep: boolean): Promise<Ran[]> {
    const runs = [await this.#embedding.run({ tokens, ids })];
    for (let n = 0; n < this.config.layers; n++) {
      const x = output(runs.at(-1)!);
      const next = await this.#stages.block.run(tokens, { ...this.#tensors(n), x, position, start });
      if (!keep) runs.pop()!.free();
      runs.push(next);
    }
    return runs;
  }

  /**
   * Of `gradients` of batches of these counts of tokens, before any is computed. The most is held once the first
   * block's gradient is there: of every block the results, each with one as large as the activation that it freed.
   */
  plannedBytes(...tokens: readonly number[]): PlannedBytes {
    const counts = countsOf(tokens);
    const { layers, positions, headWidth } = this.config;
    const { block, blockGradient } = this.#stages;
    const [forward, back] = [block, blockGradient].map((s) => s.bytes(counts, ['position', 'start']));
    const [embedding, head] = [this.#embedding.bytes(counts), this.#head.bytes(counts)];
    const held = new Map([...this.#embedding.weights, ...this.#head.weights]);
    const adapter = new Map<string, number>();
    for (let n = 0; n < layers; n++)
      for (const i of block.program.inputs) {
        const to = i.role === 'trainable' ? adapter : held;
        for (const [path, bytes] of weightBytes([i], blockPath(n))) to.set(path, bytes);
      }
    const sum = (bytes: Iterable<number>) => [...bytes].reduce((a, b) => a + b, 0);
    const parts = {
      weights: sum(held.values()) + 2 * padded(2 * positions * headWidth),
      adapter: sum(adapter.values()),
      stages: sum([embedding, forward!, back!, head].map((s) => s.own)),
      activations: embedding.results + forward!.results + head.results,
      gradients: layers * back!.results,
    };
    return { ...parts, total: sum(Object.values(parts)) };
  }

  /** Frees everything, and the device if the model opened it. */
  dispose(): void {
    const { block, blockGradient } = this.#stages;
    for (const part of [block, blockGradient, this.#embedding, this.#head]) part.dispose();
    this.place.dispose();
  }
}

const output = (r: Ran): Value => r.values.y!;

/** The adapter's layer at each projection that it targets. */
export const adaptersOf = (
  config: ModelConfig,
  adapter: Omit<AdapterChoice, 'tensors'>,
): Partial<Record<Projection, Adapted>> =>
  Object.fromEntries(
    (adapter.targets ?? PROJECTIONS).map((p) => {
      const program = programFor(adapter, config.biased.includes(p));
      try {
        return [p, adaptedAt(program, shapeOf(config, p), adapter.dims ?? {})];
      } catch (e) {
        if (!(e instanceof OftcError)) throw e;
        throw new OftcError(e.code, `on ${shortName(p)}: ${e.message}`, e.spans);
      }
    }),
  );

async function prepare(
  place: Place,
  config: ModelConfig,
  adapters: Partial<Record<Projection, Adapted>>,
): Promise<Stages> {
  const body = block(config, adapters).trace();
  const isGradient = (name: string) => body.inputs.some((i) => gradName(i.name) === name);
  return {
    block: await Stage.prepare(place, body),
    blockGradient: await Stage.prepare(place, body, { gradients: true, only: isGradient }),
  };
}

/** The adapter's layer; one that can have a bias has it where the projection has. */
function programFor({ source, layer, config }: Omit<AdapterChoice, 'tensors'>, biased: boolean) {
  const takes =
    typeof source === 'object' &&
    'defaults' in source &&
    typeof source.defaults === 'object' &&
    source.defaults !== null &&
    'bias' in source.defaults;
  return loadProgram(source, { layer, config: { ...config, ...(takes ? { bias: biased } : {}) } }).program;
}
