/**
 * Runs the encoder of a model, and the parts of the decoder's blocks that read its result. Blocks of the encoder keep
 * their inputs alone, as those of the decoder do. The keys and values that a decoder's block reads are computed again
 * for its gradient.
 */
import { gradName } from '../../compiler/autodiff/differentiate.ts';
import type { Source } from './batch.ts';
import type { TransformerBlock } from './block-kinds.ts';
import type { DrawnFor } from './dropout/draws.ts';
import type { EncoderParts, ModelParts } from './model-parts.ts';
import { added } from './models/head.ts';
import type { Value } from './place.ts';
import { LateStage, type Ran } from './stage.ts';
import { gradientsIn, type TrainedGradient } from './uploads.ts';

/** The gradients that one step of the backward pass adds, held until freed. */
interface Back {
  readonly trained: ReadonlyMap<string, TrainedGradient>;
  readonly runs: readonly Ran[];
}

export class EncoderRun {
  readonly #parts: ModelParts;
  readonly #encoder: EncoderParts;
  readonly #added: LateStage;

  constructor(parts: ModelParts, encoder: EncoderParts) {
    this.#parts = parts;
    this.#encoder = encoder;
    this.#added = new LateStage(parts.place, added.trace(), { dims: { n: parts.config.hiddenSize } });
  }

  /** Whether gradients go through the encoder's blocks. */
  get trains(): boolean {
    return this.#encoder.layers.some((l) => l.paths.size > 0);
  }

  /** Runs the encoder. Returns each block's input and the result; without `keep`, only the result. */
  async forward(source: Source, keep: boolean, at?: DrawnFor): Promise<Ran[]> {
    const runs = [await this.#encoder.embedding.run(source)];
    for (const layer of this.#encoder.layers) {
      const stages = await layer.stages();
      const next = await (at ? stages.forward : stages.plain).run(source.tokens, {
        ...this.#inputs(layer, source, at),
        x: runs.at(-1)!.values.y!,
        seen: source.seen,
      });
      if (!keep) runs.pop()!.free();
      runs.push(next);
    }
    return runs;
  }

  /** The keys and values of the encoder's result that block n of the decoder reads. */
  async remembered(n: number, source: Source, result: Value, at?: DrawnFor): Promise<Ran> {
    const layer = this.#encoder.memory[n]!;
    const stages = await layer.stages();
    const stage = at ? stages.forward : stages.plain;
    return stage.run(source.tokens, { ...this.#inputs(layer, source, at), x: result });
  }

  /**
   * The gradient of the encoder's result through block n of the decoder, added to that of the blocks after it. `back`
   * has the gradients of the block's keys and values. Nothing is computed where nothing before is trained.
   */
  async recall(
    n: number,
    source: Source,
    {
      result,
      back,
      at,
      sum,
    }: {
      readonly result: Value;
      readonly back: Ran;
      readonly at: DrawnFor;
      readonly sum?: Value | undefined;
    },
  ): Promise<Back & { readonly sum: Value | undefined }> {
    const layer = this.#encoder.memory[n]!;
    if (!this.trains && layer.paths.size === 0) return { trained: new Map(), runs: [], sum };
    const { gradient } = await layer.stages();
    const own = await gradient.run(source.tokens, {
      ...this.#inputs(layer, source, at),
      x: result,
      [gradName('key')]: back.values[gradName('sourceKeys')]!,
      [gradName('value')]: back.values[gradName('sourceValues')]!,
    });
    const trained = gradientsIn(own, layer.paths);
    const part = own.values[gradName('x')]!;
    if (sum === undefined) return { trained, runs: [own], sum: part };
    const total = await this.#added.run(source.tokens, { a: sum, b: part });
    return { trained, runs: [own, total], sum: total.values.y! };
  }

  /** The gradients of the encoder's blocks, whose inputs are `entered`, from that of its result. Frees `entered`. */
  async back(source: Source, entered: readonly Ran[], result: Value, at: DrawnFor): Promise<Back> {
    const trained = new Map<string, TrainedGradient>();
    const runs: Ran[] = [];
    let cotangent = result;
    for (const [n, layer] of [...this.#encoder.layers.entries()].reverse()) {
      const { gradient } = await layer.stages();
      const back = await gradient.run(source.tokens, {
        ...this.#inputs(layer, source, at),
        x: entered[n]!.values.y!,
        seen: source.seen,
        [gradName('y')]: cotangent,
      });
      for (const [path, g] of gradientsIn(back, layer.paths)) trained.set(path, g);
      entered[n + 1]!.free();
      runs.push(back);
      cotangent = back.values[gradName('x')]!;
    }
    entered[0]!.free();
    return { trained, runs };
  }

  #inputs(layer: TransformerBlock, { tokens }: Source, at: DrawnFor | undefined): Record<string, Value> {
    const { uploads, dropout } = this.#parts;
    return {
      ...layer.tensors,
      ...uploads.now(layer.paths),
      ...(at ? dropout?.of(layer.place, at, tokens) : {}),
    };
  }

  dispose(): void {
    this.#added.dispose();
  }
}
