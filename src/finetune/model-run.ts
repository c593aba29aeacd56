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
import { type AdapterChoice, adaptersOf, type BlockStages } from './blocks.ts';
import { Decoder } from './decoder.ts';
import type { DrawnFor } from './dropout/draws.ts';
import { disposeParts, type ModelParts, partsBeside, partsOn, type TransformerBlock } from './model-parts.ts';
import type { Gradients, ModelOptions, PlannedBytes } from './model-types.ts';
import { startsOf } from './models/windows.ts';
import { openPlace, type Place, type PlacedTensor, type Value } from './place.ts';
import { countsOf, type LateStage, type Ran, type StageBytes } from './stage.ts';
import { gradientsIn, PlacedUploads, type TrainedGradient, type Uploads } from './uploads.ts';

export type { AdapterChoice } from './blocks.ts';
export type { Gradients, ModelOptions, PlannedBytes } from './model-types.ts';
export type { Weights } from './uploads.ts';

export class Model {
  readonly #parts: ModelParts;

  private constructor(parts: ModelParts) {
    this.#parts = parts;
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

  /** The stages of each block. */
  get stages(): readonly BlockStages[] {
    return this.#parts.layers.map((l) => l.stages);
  }

  /** The adapter's tensors, by path. */
  get trained(): ReadonlyMap<string, PlacedTensor> {
    return this.#parts.uploads.trained;
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
    const runs = await this.#forward(batch, false);
    try {
      const data = await this.#parts.head.logits(batch.tokens, output(runs.at(-1)!));
      return { data, shape: [batch.tokens, this.config.vocabSize] };
    } finally {
      for (const r of runs) r.free();
    }
  }

  async loss(batch: Batch): Promise<number> {
    const runs = await this.#forward(batch, false);
    try {
      return await this.#parts.head.loss(batch, output(runs.at(-1)!));
    } finally {
      for (const r of runs) r.free();
    }
  }

  /** The loss of a batch, and the gradient of every tensor of the adapter; dropout draws for the batch `at`. */
  async gradients(batch: Batch, at: DrawnFor = { step: 1, part: 0 }): Promise<Gradients> {
    const { tokens, position } = batch;
    const starts = startsOf(batch.start);
    const blocks = this.#trainsBlocks ? this.#parts.layers : [];
    const entered = await this.#forward(batch, blocks.length > 0, at);
    const headMasks = this.#parts.dropout?.ofHead(at, tokens);
    const head = await this.#parts.head.gradient(batch, output(entered.at(-1)!), headMasks);
    const trained = new Map<string, TrainedGradient>(head.trained);
    const kept: Ran[] = [];
    let cotangent = head.x;
    for (const [n, layer] of [...blocks.entries()].reverse()) {
      const back = await layer.stages.gradient.run(tokens, {
        ...this.#tensors(layer),
        ...this.#parts.dropout?.ofBlock(n, at, tokens),
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
    const ends = this.#parts.head.trains ? [...kept, head] : kept;
    if (!this.#parts.head.trains) head.free();
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
        embedding: this.#parts.embedding,
        head: this.#parts.head,
        adapters: this.#parts.adapter ? adaptersOf(config, this.#parts.adapter) : {},
        layers: this.#parts.layers.map((layer) => ({
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
    return !this.#parts.head.trains || this.#parts.layers.some((l) => l.paths.size > 0);
  }

  /** The tensors of a block, with the trained ones at their current values. */
  #tensors({ tensors, paths }: TransformerBlock): Record<string, Value> {
    return { ...tensors, ...this.#parts.uploads.now(paths) };
  }

  /**
   * Runs the embedding and the blocks. Returns each block's input and the last output; without `keep`, only the last
   * output. There is dropout only for a batch `at`.
   */
  async #forward({ tokens, ids, position, start }: Batch, keep: boolean, at?: DrawnFor): Promise<Ran[]> {
    const runs = [await this.#parts.embedding.run({ tokens, ids })];
    const starts = startsOf(start);
    for (const [n, layer] of this.#parts.layers.entries()) {
      const stage = at ? layer.stages.forward : layer.stages.plain;
      const masks = at && this.#parts.dropout?.ofBlock(n, at, tokens);
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
    const uploaded = ['position', 'start', ...(this.#parts.dropout?.names ?? [])];
    const [embedding, head] = [this.#parts.embedding.bytes(counts), await this.#parts.head.bytes(counts)];
    const bytes = new Map<LateStage, StageBytes>();
    for (const s of this.#trainingStages) bytes.set(s, await s.bytes(counts, uploaded));
    const own = [embedding, ...bytes.values()].map((s) => s.own);
    const results = (of: keyof BlockStages) => this.stages.map((s) => bytes.get(s[of])?.results ?? 0);
    const { adapter = 0, ...weights } = this.bytes;
    const { trains } = this.#parts.head;
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
    const parts = [this.#parts.embedding, ...each, this.#parts.head].map((part) => part.operations(tokens));
    return sum(await Promise.all(parts));
  }

  /** Compiles the stages that training runs, and their kernels for batches of these token counts. */
  async compile(tokens: readonly number[]): Promise<void> {
    await Promise.all([...this.#trainingStages, this.#parts.head].map((stage) => stage.compile(tokens)));
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
    disposeParts(this.#parts);
  }
}

const output = (r: Ran): Value => r.values.y!;

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
