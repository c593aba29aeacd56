/**
 * Runs a model as a sequence of Plans: embedding, one block × layers, head and loss. Weights are uploaded once. A
 * forward pass keeps only the input of each block, and a block's gradient computes the rest of the block again
 * (checkpointing; Chen et al., arXiv 1604.06174), so that each layer adds one activation to the memory.
 */
import { gradName } from '../../compiler/autodiff/differentiate.ts';
import { OftcError } from '../../compiler/errors/error.ts';
import type { ModelShape } from '../formats/config/model-config.ts';
import type { Stored } from '../session/quantized.ts';
import type { HostTensor } from '../session/tensors.ts';
import type { Batch } from './batch.ts';
import {
  type AdapterChoice,
  adaptersOf,
  type BlockStages,
  type ByStorage,
  blockProgram,
  stagesOf,
} from './blocks.ts';
import { Decoder } from './decoder.ts';
import type { DrawnFor } from './dropout/draws.ts';
import { Dropout } from './dropout/dropout.ts';
import { type Embedding, onDevice, onHost } from './embedding.ts';
import { type Head, piecedHead, wholeHead } from './head-stages.ts';
import type { Gradients, ModelOptions, PlannedBytes } from './model-types.ts';
import { HEAD, projectionsOf, shortName } from './models/linear-layers.ts';
import { TABLES } from './models/rope.ts';
import { blockPath } from './models/weights.ts';
import { startsOf, windowOf } from './models/windows.ts';
import { openPlace, type Place, type PlacedTensor, type Value } from './place.ts';
import { rotaryOf } from './rotary.ts';
import { countsOf, type LateStage, type Ran, type StageBytes } from './stage.ts';
import {
  gradientsIn,
  PlacedUploads,
  pathOf,
  sourceOf,
  type TrainedGradient,
  type Uploads,
  type Weights,
} from './uploads.ts';

export type { AdapterChoice } from './blocks.ts';
export type { Gradients, ModelOptions, PlannedBytes } from './model-types.ts';
export type { Weights } from './uploads.ts';

/** A block of the model. */
interface TransformerBlock {
  readonly stages: BlockStages;
  readonly stored: Stored;
  /** The number of tokens that a token sees; undefined if all before it. */
  readonly window: number | undefined;
  /** The tensors that the block reads besides its activations, the trained ones at their start. */
  readonly tensors: Readonly<Record<string, Value>>;
  /** The path of each trained tensor, by its name in the block. */
  readonly paths: ReadonlyMap<string, string>;
}

interface Parts {
  /** The model whose weights and head this one shares; undefined for a model of its own. */
  readonly base?: Model;
  readonly weights: Weights;
  readonly asWritten: boolean;
  /** The adapter, without its dropout. */
  readonly adapter: AdapterChoice | undefined;
  readonly dropout: Dropout | undefined;
  readonly blocks: ByStorage<BlockStages>;
  readonly layers: readonly TransformerBlock[];
  readonly embedding: Embedding;
  readonly head: Head;
  readonly uploads: Uploads;
}

const ROOT = 'model';

export class Model {
  readonly config: ModelShape;
  readonly place: Place;
  readonly #parts: Parts;
  readonly #adapter: AdapterChoice | undefined;
  readonly #dropout: Dropout | undefined;
  readonly #uploads: Uploads;
  readonly #blocks: ByStorage<BlockStages>;
  readonly #layers: readonly TransformerBlock[];
  readonly #embedding: Embedding;
  readonly #head: Head;
  readonly #trained: Map<string, PlacedTensor>;

  private constructor(config: ModelShape, place: Place, parts: Parts) {
    this.config = config;
    this.place = place;
    this.#parts = parts;
    this.#adapter = parts.adapter;
    this.#dropout = parts.dropout;
    this.#uploads = parts.uploads;
    this.#blocks = parts.blocks;
    this.#layers = parts.layers;
    this.#embedding = parts.embedding;
    this.#head = parts.head;
    this.#trained = parts.uploads.trained;
  }

  /**
   * Uploads the weights; quantised projections stay quantised on a device. Stages are compiled when they are first
   * needed. Rejects with OFT6001 for an adapter that cannot replace one of its targets, OFT6002 for a tensor whose
   * size is not the configuration's, and what `weights` rejects with.
   */
  static async open({ device, plans, ...options }: ModelOptions): Promise<Model> {
    const place = await openPlace(device, plans);
    return Model.on(place, new PlacedUploads(place), options);
  }

  /** Makes the model at a place, which it disposes at its end, from what is uploaded there. Rejects as `open` does. */
  static async on(
    place: Place,
    uploads: Uploads,
    {
      config,
      weights,
      adapter,
      asWritten = false,
      largest,
      tokensAtOnce = 2048,
    }: Omit<ModelOptions, 'device' | 'plans'>,
  ): Promise<Model> {
    try {
      const steady = adapter && { ...adapter, dropout: undefined };
      const program = blockProgram(config, adapter);
      const plain = adapter?.dropout ? blockProgram(config, steady) : undefined;
      const blocks = stagesOf(place, program, asWritten, plain);
      const bytes = Math.min(place.largest, largest ?? Infinity);
      const most = bytes / Float32Array.BYTES_PER_ELEMENT;
      const rows = Math.max(1, Math.floor(most / Math.max(config.hiddenSize, tokensAtOnce)));
      const embedding =
        config.vocabSize * config.hiddenSize <= most
          ? await onDevice(place, config, weights, uploads, ROOT)
          : await onHost(place, config, weights, ROOT);
      const onHead = (choice: AdapterChoice) =>
        choice.targets?.includes(HEAD) ? adaptersOf(config, { ...choice, targets: [HEAD] }).head : undefined;
      const adapted = steady && onHead(steady);
      if (adapted && rows < config.vocabSize)
        throw new OftcError(
          'OFT6001',
          `on ${shortName(config, HEAD)}: its weight (${config.vocabSize}, ${config.hiddenSize}) and the logits of ${tokensAtOnce} tokens are held in pieces of ${rows} rows, for at most ${bytes} bytes are bound at once, and no adapter can stand in for pieces: leave ${shortName(config, HEAD)} out of the targets`,
        );
      const parts = { place, config, weights, uploads, root: ROOT };
      const head =
        rows < config.vocabSize
          ? await piecedHead(parts, rows)
          : await wholeHead(
              parts,
              adapted && { adapted, trained: onHead(adapter!)!, tensors: adapter!.tensors },
            );
      const rotary = rotaryOf(config, uploads);
      const inputs = program.inputs.filter(({ name }) => !TABLES.some((t) => t === name));
      const from = sourceOf(blockProgram(config), weights, adapter?.tensors);
      const trainable = inputs.filter((i) => i.role === 'trainable');
      const layers: TransformerBlock[] = [];
      for (let n = 0; n < config.layers; n++) {
        const path = blockPath(n);
        const { values, stored } = await uploads.asStored(inputs, path, from, projectionsOf(config));
        layers.push({
          stages: await blocks.holding(stored),
          stored,
          window: windowOf(config, n),
          tensors: { ...(await rotary(n)), ...values },
          paths: new Map(trainable.map((i) => [i.name, pathOf(i, path)])),
        });
      }
      const dropout = adapter?.dropout && new Dropout(config, adaptersOf(config, adapter), adapter.dropout);
      const made = { adapter: steady, dropout, blocks, layers, embedding, head, uploads };
      return new Model(config, place, { weights, asWritten, ...made });
    } catch (e) {
      place.dispose();
      throw e;
    }
  }

  /**
   * This model with an adapter, beside this model. It uploads the adapter's tensors alone, and computes with the
   * weights of this model, which has no adapter and is disposed of later. Rejects as `open` does.
   */
  async with(adapter: AdapterChoice): Promise<Model> {
    const { config, place } = this;
    const { weights, asWritten } = this.#parts;
    const plain = new Set(blockProgram(config).inputs.map((i) => i.name));
    const program = blockProgram(config, adapter);
    const blocks = stagesOf(place, program, asWritten);
    const uploads = this.#uploads.beside();
    const own = program.inputs.filter((i) => !plain.has(i.name));
    const trainable = own.filter((i) => i.role === 'trainable');
    const adapted = adaptersOf(config, adapter).head;
    if (adapted && this.#head.isPieced)
      throw new OftcError(
        'OFT6001',
        `on ${shortName(config, HEAD)}: its weight is held in pieces, and no adapter can stand in for pieces: leave out the adapter that targets it`,
      );
    const headParts = { place, config, weights, uploads, root: ROOT };
    const onHead = adapted && { adapted, trained: adapted, tensors: adapter.tensors };
    const head = onHead ? await wholeHead(headParts, onHead) : this.#head;
    const layers: TransformerBlock[] = [];
    for (const [n, layer] of this.#layers.entries()) {
      const path = blockPath(n);
      layers.push({
        ...layer,
        stages: await blocks.holding(layer.stored),
        tensors: { ...layer.tensors, ...(await uploads.all(own, path, () => adapter.tensors)) },
        paths: new Map(trainable.map((i) => [i.name, pathOf(i, path)])),
      });
    }
    const made = { adapter, dropout: undefined, blocks, layers, embedding: this.#embedding, head, uploads };
    return new Model(config, place, { base: this, weights, asWritten, ...made });
  }

  /**
   * The bytes of the uploaded tensors, by the form that they are held in: `f32`, `nf4:64 nested:256`. The adapter's
   * count as `adapter`.
   */
  get bytes(): Readonly<Record<string, number>> {
    return this.#uploads.bytes;
  }

  /** The stages of each block. */
  get stages(): readonly BlockStages[] {
    return this.#layers.map((l) => l.stages);
  }

  /** The adapter's tensors, by path. */
  get trained(): ReadonlyMap<string, PlacedTensor> {
    return this.#trained;
  }

  /** Replaces a tensor of the adapter and frees the old one. Throws OFT6002 for an unknown path. */
  replace(path: string, value: PlacedTensor): void {
    const old = this.#trained.get(path);
    if (!old) throw new OftcError('OFT6002', `the adapter has no tensor '${path}'`);
    old.free();
    this.#trained.set(path, value);
  }

  /** The logits (tokens, vocabulary) of a batch. */
  async logits(batch: Batch): Promise<HostTensor> {
    const runs = await this.#forward(batch, false);
    try {
      const data = await this.#head.logits(batch.tokens, output(runs.at(-1)!));
      return { data, shape: [batch.tokens, this.config.vocabSize] };
    } finally {
      for (const r of runs) r.free();
    }
  }

  async loss(batch: Batch): Promise<number> {
    const runs = await this.#forward(batch, false);
    try {
      return await this.#head.loss(batch, output(runs.at(-1)!));
    } finally {
      for (const r of runs) r.free();
    }
  }

  /** The loss of a batch, and the gradient of every tensor of the adapter; dropout draws for the batch `at`. */
  async gradients(batch: Batch, at: DrawnFor = { step: 1, part: 0 }): Promise<Gradients> {
    const { tokens, position } = batch;
    const starts = startsOf(batch.start);
    const blocks = this.#trainsBlocks ? this.#layers : [];
    const entered = await this.#forward(batch, blocks.length > 0, at);
    const headMasks = this.#dropout?.ofHead(at, tokens);
    const head = await this.#head.gradient(batch, output(entered.at(-1)!), headMasks);
    const trained = new Map<string, TrainedGradient>(head.trained);
    const kept: Ran[] = [];
    let cotangent = head.x;
    for (const [n, layer] of [...blocks.entries()].reverse()) {
      const back = await layer.stages.gradient.run(tokens, {
        ...this.#tensors(layer),
        ...this.#dropout?.ofBlock(n, at, tokens),
        x: output(entered[n]!),
        position,
        start: starts(layer.window),
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

  /** A decoder for sequences of up to `room` tokens, with cached keys and values. Dispose it before the model. */
  decoder(room: number, sequences = 1): Promise<Decoder> {
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
          window: layer.window,
          tensors: () => this.#tensors(layer),
        })),
      },
      { room, sequences },
    );
  }

  /** Whether gradients go through the blocks: not if the head alone is trained. */
  get #trainsBlocks(): boolean {
    return !this.#head.trains || this.#layers.some((l) => l.paths.size > 0);
  }

  /** The tensors of a block, with the trained ones at their current values. */
  #tensors({ tensors, paths }: TransformerBlock): Record<string, Value> {
    return { ...tensors, ...this.#uploads.now(paths) };
  }

  /**
   * Runs the embedding and the blocks. Returns each block's input and the last output; without `keep`, only the last
   * output. There is dropout only for a batch `at`.
   */
  async #forward({ tokens, ids, position, start }: Batch, keep: boolean, at?: DrawnFor): Promise<Ran[]> {
    const runs = [await this.#embedding.run({ tokens, ids })];
    const starts = startsOf(start);
    for (const [n, layer] of this.#layers.entries()) {
      const stage = at ? layer.stages.forward : layer.stages.plain;
      const masks = at && this.#dropout?.ofBlock(n, at, tokens);
      const given = { x: output(runs.at(-1)!), position, start: starts(layer.window) };
      const next = await stage.run(tokens, { ...this.#tensors(layer), ...masks, ...given });
      if (!keep) runs.pop()!.free();
      runs.push(next);
    }
    return runs;
  }

  /**
   * The peak memory of `gradients` for batches of these token counts; no batch is run. At the peak, the first block's
   * gradient is done and the results of all blocks are held. Each result is as large as the activation that was freed
   * for it.
   */
  async plannedBytes(...tokens: readonly number[]): Promise<PlannedBytes> {
    const counts = countsOf(tokens);
    const uploaded = ['position', 'start', ...(this.#dropout?.names ?? [])];
    const [embedding, head] = [this.#embedding.bytes(counts), await this.#head.bytes(counts)];
    const bytes = new Map<LateStage, StageBytes>();
    for (const s of this.#trainingStages) bytes.set(s, await s.bytes(counts, uploaded));
    const own = [embedding, ...bytes.values()].map((s) => s.own);
    const results = (of: keyof BlockStages) => this.stages.map((s) => bytes.get(s[of])?.results ?? 0);
    const { adapter = 0, ...weights } = this.bytes;
    const { trains } = this.#head;
    const parts = {
      weights: sum(Object.values(weights)),
      adapter,
      stages: sum(own),
      head: head.own,
      activations: embedding.results + (results('forward')[0] ?? 0) + (trains ? 0 : head.results),
      gradients: sum(results('gradient')) + (trains ? head.results : 0),
    };
    return { ...parts, total: sum(Object.values(parts)) };
  }

  /** The operations of `gradients` for a batch of so many tokens. */
  async operations(tokens: number): Promise<number> {
    const each = this.stages.flatMap((s) => [s.forward, ...(this.#trainsBlocks ? [s.gradient] : [])]);
    const parts = [this.#embedding, ...each, this.#head].map((part) => part.operations(tokens));
    return sum(await Promise.all(parts));
  }

  /** Compiles the stages that training runs, and their kernels for batches of these token counts. */
  async compile(tokens: readonly number[]): Promise<void> {
    await Promise.all([...this.#trainingStages, this.#head].map((stage) => stage.compile(tokens)));
  }

  /** The stages of the blocks that training runs. */
  get #trainingStages(): LateStage[] {
    const used: (keyof BlockStages)[] = this.#trainsBlocks
      ? ['forward', 'plain', 'gradient']
      : ['forward', 'plain'];
    return [...new Set(this.stages.flatMap((s) => used.map((of) => s[of])))];
  }

  /** Frees everything, and the device if the model opened it; of a model beside another one, what it has alone. */
  dispose(): void {
    const { base, uploads } = this.#parts;
    if (base) {
      this.#blocks.dispose();
      if (this.#head !== base.#head) this.#head.dispose();
      uploads.free();
      return;
    }
    for (const part of [this.#blocks, this.#embedding, this.#head]) part.dispose();
    this.place.dispose();
  }
}

const output = (r: Ran): Value => r.values.y!;

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
