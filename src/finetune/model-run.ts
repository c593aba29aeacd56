/**
 * A model as a sequence of Plans that the host runs: embedding, one block × layers, head and loss. Weights are uploaded
 * once. Of a forward only what enters each block is kept: a block's gradient computes the inside of the block again
 * (checkpointing; Chen et al., arXiv 1604.06174), so that memory grows with the layers by one activation each.
 */
import { gradName } from '../../compiler/autodiff/differentiate.ts';
import { OftcError } from '../../compiler/errors/error.ts';
import type { ModelShape } from '../formats/config/model-config.ts';
import type { Stored } from '../session/quantized.ts';
import type { SessionOptions } from '../session/session.ts';
import type { HostArray, HostTensor } from '../session/tensors.ts';
import type { Batch } from './batch.ts';
import {
  type AdapterChoice,
  adaptersOf,
  type BlockStages,
  blockProgram,
  TransformerBlocks,
} from './blocks.ts';
import { Decoder } from './decoder.ts';
import { type Embedding, onDevice, onHost } from './embedding.ts';
import { type Head, piecedHead, wholeHead } from './head.ts';
import { PROJECTIONS, shortName } from './models/config.ts';
import { ropeTables } from './models/rope.ts';
import { openPlace, type Place, type PlacedTensor, type Value } from './place.ts';
import { countsOf, type LateStage, type Ran, type StageBytes } from './stage.ts';
import { gradientsIn, pathOf, sourceOf, type TrainedGradient, Uploads, type Weights } from './uploads.ts';

export type { AdapterChoice } from './blocks.ts';
export type { Weights } from './uploads.ts';

export interface ModelOptions {
  readonly config: ModelShape;
  readonly weights: Weights;
  readonly adapter?: AdapterChoice;
  readonly device?: SessionOptions['device'];
  /** Compile the blocks without any derivation: the baseline to compare with. */
  readonly asWritten?: boolean;
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

/** A block of the model. */
interface TransformerBlock {
  readonly stages: BlockStages;
  readonly stored: Stored;
  /** What it reads beside its activations; what is trained as it was at the start. */
  readonly tensors: Readonly<Record<string, Value>>;
  /** Path of each trained tensor, by its name in the block. */
  readonly paths: ReadonlyMap<string, string>;
}

interface Parts {
  readonly adapter: AdapterChoice | undefined;
  readonly blocks: TransformerBlocks;
  readonly layers: readonly TransformerBlock[];
  readonly embedding: Embedding;
  readonly head: Head;
  readonly uploads: Uploads;
}

const ROOT = 'model';
const blockPath = (layer: number): string => `${ROOT}.layers.${layer}`;

export class Model {
  readonly config: ModelShape;
  readonly place: Place;
  readonly #adapter: AdapterChoice | undefined;
  readonly #uploads: Uploads;
  readonly #blocks: TransformerBlocks;
  readonly #layers: readonly TransformerBlock[];
  readonly #embedding: Embedding;
  readonly #head: Head;
  readonly #trained: Map<string, PlacedTensor>;

  private constructor(config: ModelShape, place: Place, parts: Parts) {
    this.config = config;
    this.place = place;
    this.#adapter = parts.adapter;
    this.#uploads = parts.uploads;
    this.#blocks = parts.blocks;
    this.#layers = parts.layers;
    this.#embedding = parts.embedding;
    this.#head = parts.head;
    this.#trained = parts.uploads.trained;
  }

  /**
   * Uploads the weights; stages are compiled when they are first needed; projections that are stored quantised stay so on a device. Rejects
   * with OFT6001 for an adapter that cannot take a projection's place, OFT6002 for tensors of other sizes than the
   * configuration's, and what `weights` rejects with.
   */
  static async open({
    config,
    weights,
    adapter,
    device,
    asWritten = false,
    largest,
    tokensAtOnce = 2048,
  }: ModelOptions): Promise<Model> {
    const place = await openPlace(device);
    try {
      const blocks = new TransformerBlocks(place, blockProgram(config, adapter), asWritten);
      const uploads = new Uploads(place);
      const bytes = Math.min(place.largest, largest ?? Infinity);
      const most = bytes / Float32Array.BYTES_PER_ELEMENT;
      const rows = Math.max(1, Math.floor(most / Math.max(config.hiddenSize, tokensAtOnce)));
      const embedding =
        config.vocabSize * config.hiddenSize <= most
          ? await onDevice(place, config, weights, uploads, ROOT)
          : await onHost(place, config, weights, ROOT);
      const adapted = adapter?.targets?.includes('head') ? adaptersOf(config, adapter).head : undefined;
      if (adapted && rows < config.vocabSize)
        throw new OftcError(
          'OFT6001',
          `on ${shortName('head')}: its weight (${config.vocabSize}, ${config.hiddenSize}) and the logits of ${tokensAtOnce} tokens are held in pieces of ${rows} rows, for at most ${bytes} bytes are bound at once, and no adapter can stand in for pieces: leave ${shortName('head')} out of the targets`,
        );
      const parts = { place, config, weights, uploads, root: ROOT };
      const head =
        rows < config.vocabSize
          ? await piecedHead(parts, rows)
          : await wholeHead(parts, adapted && { adapted, tensors: adapter!.tensors });
      const { cos, sin } = ropeTables(config.rope, config.headDim, config.maxPositions);
      const tables = { cosTable: await uploads.hold('cos', cos), sinTable: await uploads.hold('sin', sin) };
      const inputs = blocks.program.inputs.filter((i) => !Object.hasOwn(tables, i.name));
      const from = sourceOf(blockProgram(config), weights, adapter?.tensors);
      const trainable = inputs.filter((i) => i.role === 'trainable');
      const layers: TransformerBlock[] = [];
      for (let n = 0; n < config.layers; n++) {
        const path = blockPath(n);
        const { values, stored } = await uploads.asStored(inputs, path, from, PROJECTIONS);
        layers.push({
          stages: await blocks.holding(stored),
          stored,
          tensors: { ...tables, ...values },
          paths: new Map(trainable.map((i) => [i.name, pathOf(i, path)])),
        });
      }
      return new Model(config, place, { adapter, blocks, layers, embedding, head, uploads });
    } catch (e) {
      place.dispose();
      throw e;
    }
  }

  /**
   * Bytes of what it was opened with, by how it is held where it is computed with: `f32`, `nf4:64 nested:256`; of the
   * adapter's tensors `adapter`.
   */
  get bytes(): Readonly<Record<string, number>> {
    return this.#uploads.bytes;
  }

  /** What each block runs. */
  get stages(): readonly BlockStages[] {
    return this.#layers.map((l) => l.stages);
  }

  /** The adapter's tensors, by path. */
  get trained(): ReadonlyMap<string, PlacedTensor> {
    return this.#trained;
  }

  /** Gives a tensor of the adapter another value, which stays the caller's to free. */
  replace(path: string, value: PlacedTensor): void {
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
      return { data, shape: [batch.tokens, this.config.vocabSize] };
    } finally {
      for (const r of runs) r.free();
    }
  }

  /** The loss alone. */
  async loss(batch: Batch): Promise<number> {
    const runs = await this.#forward(batch, false);
    try {
      return await this.#head.loss(batch, output(runs.at(-1)!));
    } finally {
      for (const r of runs) r.free();
    }
  }

  /** The loss and its gradients by every tensor of the adapter. */
  async gradients(batch: Batch): Promise<Gradients> {
    const { tokens, position, start } = batch;
    const blocks = this.#trainsBlocks ? this.#layers : [];
    const entered = await this.#forward(batch, blocks.length > 0);
    const head = await this.#head.gradient(batch, output(entered.at(-1)!));
    const trained = new Map<string, TrainedGradient>(head.trained);
    const kept: Ran[] = [];
    let cotangent = head.x;
    for (const [n, layer] of [...blocks.entries()].reverse()) {
      const back = await layer.stages.gradient.run(tokens, {
        ...this.#tensors(layer),
        x: output(entered[n]!),
        position,
        start,
        [gradName('y')]: cotangent,
      });
      for (const [path, gradient] of gradientsIn(back, layer.paths)) trained.set(path, gradient);
      entered[n + 1]!.free();
      kept.push(back);
      cotangent = back.values[gradName('x')]!;
    }
    entered[0]!.free();
    const value = await head.loss();
    await Promise.all(kept.map((r) => r.done()));
    const ends = this.#head.trains ? [...kept, head] : kept;
    if (!this.#head.trains) head.free();
    return {
      loss: value,
      values: new Map([...trained].map(([path, g]) => [path, g.value])),
      read: (path) => trained.get(path)!.read(),
      free: () => {
        for (const r of ends) r.free();
      },
    };
  }

  /** Goes on with a sequence of at most `room` tokens, its keys and values kept. It is to be disposed before the model. */
  decoder(room: number): Promise<Decoder> {
    const { config, place } = this;
    return Decoder.prepare(
      {
        config,
        place,
        embedding: this.#embedding,
        head: this.#head,
        adapters: this.#adapter ? adaptersOf(config, this.#adapter) : {},
        layers: this.#layers.map((layer) => ({
          stored: layer.stored,
          tensors: () => this.#tensors(layer),
        })),
      },
      room,
    );
  }

  /** Where the head alone is trained, no gradient goes through the blocks. */
  get #trainsBlocks(): boolean {
    return !this.#head.trains || this.#layers.some((l) => l.paths.size > 0);
  }

  /** A block's weights, and its part of the adapter as it is now. */
  #tensors({ tensors, paths }: TransformerBlock): Record<string, Value> {
    return { ...tensors, ...this.#uploads.now(paths) };
  }

  /** What enters each block, and what leaves the last; only that where `keep` is false. */
  async #forward({ tokens, ids, position, start }: Batch, keep: boolean): Promise<Ran[]> {
    const runs = [await this.#embedding.run({ tokens, ids })];
    for (const layer of this.#layers) {
      const x = output(runs.at(-1)!);
      const next = await layer.stages.forward.run(tokens, { ...this.#tensors(layer), x, position, start });
      if (!keep) runs.pop()!.free();
      runs.push(next);
    }
    return runs;
  }

  /**
   * Of `gradients` of batches of these counts of tokens, before any is computed. The most is held once the first
   * block's gradient is there: of every block the results, each with one as large as the activation that it freed.
   */
  async plannedBytes(...tokens: readonly number[]): Promise<PlannedBytes> {
    const counts = countsOf(tokens);
    const uploaded = ['position', 'start'];
    const [embedding, head] = [this.#embedding.bytes(counts), await this.#head.bytes(counts)];
    const used: (keyof BlockStages)[] = this.#trainsBlocks ? ['forward', 'gradient'] : ['forward'];
    const stages = [...new Set(this.stages)].flatMap((s) => used.map((of) => s[of]));
    const bytes = new Map<LateStage, StageBytes>();
    for (const s of stages) bytes.set(s, await s.bytes(counts, uploaded));
    const own = [embedding, head, ...bytes.values()].map((s) => s.own);
    const results = (of: keyof BlockStages) => this.stages.map((s) => bytes.get(s[of])?.results ?? 0);
    const { adapter = 0, ...weights } = this.bytes;
    const { trains } = this.#head;
    const parts = {
      weights: sum(Object.values(weights)),
      adapter,
      stages: sum(own),
      activations: embedding.results + (results('forward')[0] ?? 0) + (trains ? 0 : head.results),
      gradients: sum(results('gradient')) + (trains ? head.results : 0),
    };
    return { ...parts, total: sum(Object.values(parts)) };
  }

  /** Compiles what training runs. */
  async compile(): Promise<void> {
    await this.plannedBytes(1);
  }

  /** Frees everything, and the device if the model opened it. */
  dispose(): void {
    for (const part of [this.#blocks, this.#embedding, this.#head]) part.dispose();
    this.place.dispose();
  }
}

const output = (r: Ran): Value => r.values.y!;

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
