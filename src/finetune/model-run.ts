/**
 * Runs a model as a sequence of Plans: embedding, one block × layers, head and loss. Weights are uploaded once. A
 * forward pass keeps only the input of each block, and a block's gradient computes the rest of the block again
 * (checkpointing; Chen et al., arXiv 1604.06174), so that each layer adds one activation to the memory.
 */
import { gradName } from '../../compiler/autodiff/differentiate.ts';
import { OftcError } from '../../compiler/errors/error.ts';
import type { ModelShape } from '../formats/config/model-config.ts';
import type { HostTensor } from '../session/tensors.ts';
import type { Batch } from './batch.ts';
import type { TransformerBlock } from './block-kinds.ts';
import { type AdapterChoice, adaptersOf, type BlockStages } from './blocks.ts';
import { Decoder, type DecoderSize } from './decoder.ts';
import type { DrawnFor } from './dropout/draws.ts';
import { EncoderRun } from './encoder-run.ts';
import { disposeParts, type ModelParts, partsBeside, partsOn } from './model-parts.ts';
import { compileFor, operationsOf, plannedBytes } from './model-sizes.ts';
import type { BatchSize, Gradients, ModelOptions, PlannedBytes } from './model-types.ts';
import { seenFrom, windowOf } from './models/windows.ts';
import { openPlace, type Place, type PlacedTensor, type Value } from './place.ts';
import type { Ran } from './stage.ts';
import { gradientsIn, PlacedUploads, type TrainedGradient, type Uploads } from './uploads.ts';

export type { AdapterChoice } from './blocks.ts';
export type { Gradients, ModelOptions, PlannedBytes } from './model-types.ts';
export type { Weights } from './uploads.ts';

export class Model {
  readonly #parts: ModelParts;
  readonly #encoder: EncoderRun | undefined;

  private constructor(parts: ModelParts) {
    this.#parts = parts;
    this.#encoder = parts.encoder && new EncoderRun(parts, parts.encoder);
  }

  /** Makes the model on a device, which it opens where none is given. Rejects as `partsOn` does. */
  static async open({ device, plans, ...options }: ModelOptions): Promise<Model> {
    const place = await openPlace(device, plans);
    return Model.on(place, new PlacedUploads(place), options);
  }

  /** Makes the model at a place, which it disposes at its end. Rejects as `partsOn` does. */
  static async on(
    place: Place,
    uploads: Uploads,
    options: Omit<ModelOptions, 'device' | 'plans'>,
  ): Promise<Model> {
    try {
      return new Model(await partsOn(place, uploads, options));
    } catch (e) {
      place.dispose();
      throw e;
    }
  }

  /**
   * This model with an adapter, beside this model. It uploads the adapter's tensors alone, and computes with the
   * weights of this model, which has no adapter and is disposed of later. Rejects as `partsOn` does.
   */
  async with(adapter: AdapterChoice): Promise<Model> {
    return new Model(await partsBeside(this.#parts, adapter));
  }

  get config(): ModelShape {
    return this.#parts.config;
  }

  get place(): Place {
    return this.#parts.place;
  }

  /**
   * The bytes of the uploaded tensors, by the form that they are held in: `f32`, `nf4:64 nested:256`. The adapter's
   * count as `adapter`.
   */
  get bytes(): Readonly<Record<string, number>> {
    return this.#parts.uploads.bytes;
  }

  /** The stages of each block, those of the decoder for so many rows of the encoder's result. */
  stages(sources?: number): Promise<BlockStages[]> {
    const { encoder, layers } = this.#parts;
    return Promise.all([
      ...(encoder ? [...encoder.layers, ...encoder.memory] : []).map((l) => l.stages()),
      ...layers.map((l) => l.stages(sources)),
    ]);
  }

  /** The adapter's tensors, by path. */
  get trained(): ReadonlyMap<string, PlacedTensor> {
    return this.#parts.uploads.trained;
  }

  /** Names a weight of the model that holds NaN or an infinity, where the weights can tell. It reads all of them. */
  async notFinite(): Promise<string | undefined> {
    return this.#parts.weights.notFinite?.();
  }

  /** Replaces a tensor of the adapter and frees the old one. Throws OFT6002 for an unknown path. */
  replace(path: string, value: PlacedTensor): void {
    const { trained } = this.#parts.uploads;
    const old = trained.get(path);
    if (!old) throw new OftcError('OFT6002', `the adapter has no tensor '${path}'`);
    old.free();
    trained.set(path, value);
  }

  /** The logits (tokens, vocabulary) of a batch. */
  async logits(batch: Batch): Promise<HostTensor> {
    const runs = await this.#plain(batch);
    try {
      const data = await this.#parts.head.logits(batch.tokens, output(runs.at(-1)!));
      return { data, shape: [batch.tokens, this.config.vocabSize] };
    } finally {
      for (const r of runs) r.free();
    }
  }

  async loss(batch: Batch): Promise<number> {
    const runs = await this.#plain(batch);
    try {
      return await this.#parts.head.loss(batch, output(runs.at(-1)!));
    } finally {
      for (const r of runs) r.free();
    }
  }

  /** The loss of a batch, and the gradient of every tensor of the adapter; dropout draws for the batch `at`. */
  async gradients(batch: Batch, at: DrawnFor = { step: 1, part: 0 }): Promise<Gradients> {
    const held: Pick<Ran, 'free'>[] = [];
    try {
      return await this.#gradients(batch, at, held);
    } catch (failed) {
      for (const r of held) r.free();
      throw failed;
    }
  }

  /** The work of `gradients`. Adds what it holds to `held`. */
  async #gradients(batch: Batch, at: DrawnFor, held: Pick<Ran, 'free'>[]): Promise<Gradients> {
    const { tokens, source } = batch;
    const encoder = source && this.#encoder;
    const keep = this.#trainsBlocks;
    const encoded = encoder && (await encoder.forward(source, keep && encoder.trains, at));
    held.push(...(encoded ?? []));
    const entered = await this.#forward(batch, encoded?.at(-1), keep, at);
    held.push(...entered);
    const headMasks = this.#parts.dropout?.ofHead(at, tokens);
    const head = await this.#parts.head.gradient(batch, output(entered.at(-1)!), headMasks);
    held.push(head);
    const trained = new Map<string, TrainedGradient>(head.trained);
    const kept: Ran[] = [];
    const free = () => {
      for (const r of kept) r.free();
    };
    held.push({ free });
    if (keep) await this.#back({ batch, entered, encoded, cotangent: head.x, at, trained, kept });
    else for (const r of [...entered, ...(encoded ?? [])]) r.free();
    const value = await head.loss();
    await Promise.all(kept.map((r) => r.done()));
    const ends = this.#parts.head.trains ? [...kept, head] : kept;
    if (!this.#parts.head.trains) head.free();
    return {
      loss: value,
      scale: this.#parts.head.scale,
      values: new Map([...trained].map(([path, g]) => [path, g.value])),
      read: (path) => trained.get(path)!.read(),
      free: () => {
        for (const r of ends) r.free();
      },
    };
  }

  /** The backward pass through the blocks, from the last one's cotangent. Adds gradients to `trained`, and runs to `kept`. */
  async #back({ batch, entered, encoded, cotangent, at, trained, kept }: Backward): Promise<void> {
    const { tokens, source } = batch;
    const result = encoded && output(encoded.at(-1)!);
    let [down, sum]: [Value, Value | undefined] = [cotangent, undefined];
    const add = (gradients: ReadonlyMap<string, TrainedGradient>) => {
      for (const [path, gradient] of gradients) trained.set(path, gradient);
    };
    for (const [n, layer] of [...this.#parts.layers.entries()].reverse()) {
      const { gradient } = await layer.stages(source?.tokens);
      const read = source && (await this.#encoder!.remembered(n, source, result!, at));
      const back = await gradient.run(tokens, {
        ...this.#inputs(layer, batch, read, at),
        x: output(entered[n]!),
        [gradName('y')]: down,
      });
      read?.free();
      add(gradientsIn(back, layer.paths));
      entered[n + 1]!.free();
      kept.push(back);
      down = back.values[gradName('x')]!;
      if (!source) continue;
      const before = await this.#encoder!.recall(n, source, { result: result!, back, at, sum });
      add(before.trained);
      kept.push(...before.runs);
      sum = before.sum;
    }
    entered[0]!.free();
    if (!source) return;
    if (!this.#encoder!.trains) {
      for (const r of encoded!) r.free();
      return;
    }
    const first = await this.#encoder!.back(source, encoded!, sum!, at);
    add(first.trained);
    kept.push(...first.runs);
  }

  /** A decoder for sequences of up to `room` tokens, with cached keys and values. Dispose it before the model. */
  decoder(room: number, sequences = 1, more: Pick<DecoderSize, 'sources' | 'moves'> = {}): Promise<Decoder> {
    const { config, place } = this;
    const encoder = this.#encoder;
    return Decoder.prepare(
      {
        config,
        place,
        embedding: this.#parts.embedding,
        head: this.#parts.head,
        adapters: this.#parts.adapter ? adaptersOf(config, this.#parts.adapter) : {},
        ...(encoder ? { encoded: async (source) => (await encoder.forward(source, false))[0]! } : {}),
        layers: this.#parts.layers.map((layer, n) => ({
          shape: layer.shape,
          stored: layer.stored,
          window: windowOf(config, layer.place.number),
          tensors: () => this.#tensors(layer),
          ...(encoder ? { remembered: (source, result) => encoder.remembered(n, source, result) } : {}),
        })),
      },
      { room, sequences, ...more },
    );
  }

  /** Whether gradients go through the blocks: not if the head alone is trained. */
  get #trainsBlocks(): boolean {
    return !this.#parts.head.trains || this.#parts.layers.some((l) => l.paths.size > 0);
  }

  /** The inputs of a block of the decoder but x; `read` has the keys and values of the encoder's result. */
  #inputs(
    layer: TransformerBlock,
    { tokens, position, start, source }: Batch,
    read: Ran | undefined,
    at: DrawnFor | undefined,
  ): Record<string, Value> {
    const { config, dropout } = this.#parts;
    return {
      ...this.#tensors(layer),
      ...(at ? dropout?.of(layer.place, at, tokens) : {}),
      ...(config.rope ? { position } : {}),
      start: seenFrom(start, windowOf(config, layer.place.number)),
      ...(source && read
        ? { sourceKeys: read.values.key!, sourceValues: read.values.value!, sourceSeen: source.read }
        : {}),
    };
  }

  /** The tensors of a block, with the trained ones at their current values. */
  #tensors({ tensors, paths }: TransformerBlock): Record<string, Value> {
    return { ...tensors, ...this.#parts.uploads.now(paths) };
  }

  /** Runs the model without dropout, and returns the last output alone. */
  async #plain(batch: Batch): Promise<Ran[]> {
    const encoded = batch.source && (await this.#encoder?.forward(batch.source, false));
    try {
      return await this.#forward(batch, encoded?.[0], false);
    } finally {
      for (const r of encoded ?? []) r.free();
    }
  }

  /**
   * Runs the embedding and the blocks, which attend to the encoder's result if there is one. Returns each block's input
   * and the last output; without `keep`, only the last output. There is dropout only for a batch `at`.
   */
  async #forward(batch: Batch, encoded: Ran | undefined, keep: boolean, at?: DrawnFor): Promise<Ran[]> {
    const { tokens, source } = batch;
    const runs = [await this.#parts.embedding.run(batch)];
    let read: Ran | undefined;
    try {
      for (const [n, layer] of this.#parts.layers.entries()) {
        const stages = await layer.stages(source?.tokens);
        const stage = at ? stages.forward : stages.plain;
        read = source && (await this.#encoder!.remembered(n, source, output(encoded!), at));
        const next = await stage.run(tokens, {
          ...this.#inputs(layer, batch, read, at),
          x: output(runs.at(-1)!),
        });
        read?.free();
        if (!keep) runs.pop()!.free();
        runs.push(next);
      }
      return runs;
    } catch (failed) {
      for (const r of [...runs, ...(read ? [read] : [])]) r.free();
      throw failed;
    }
  }

  /**
   * The peak memory of `gradients` for batches of these sizes; no batch is run. At the peak, the first block's
   * gradient is done and the results of all blocks are held. Each result is as large as the activation that was freed
   * for it.
   */
  plannedBytes(sizes: readonly BatchSize[]): Promise<PlannedBytes> {
    return plannedBytes(this.#parts, this.#trainsBlocks, sizes);
  }

  /** The operations of `gradients` for a batch of a size. */
  operations(size: BatchSize): Promise<number> {
    return operationsOf(this.#parts, this.#trainsBlocks, size);
  }

  /** Compiles the stages that training runs, and their kernels for batches of these sizes. */
  async compile(sizes: readonly BatchSize[]): Promise<void> {
    await compileFor(this.#parts, this.#trainsBlocks, sizes);
  }

  /** Frees everything, and the device if the model opened it; of a model beside another one, what it has alone. */
  dispose(): void {
    this.#encoder?.dispose();
    disposeParts(this.#parts);
  }
}

const output = (r: Ran): Value => r.values.y!;

/** The gradients that the backward pass through the blocks starts from, and those that it adds to. */
interface Backward {
  readonly batch: Batch;
  /** The input of each block of the decoder and the last output, which are freed. */
  readonly entered: readonly Ran[];
  /** The input of each block of the encoder and its result, which are freed. */
  readonly encoded: readonly Ran[] | undefined;
  readonly cotangent: Value;
  readonly at: DrawnFor;
  readonly trained: Map<string, TrainedGradient>;
  readonly kept: Ran[];
}
