/**
 * Runs a Vision Transformer as a sequence of Plans: embedding, one block × layers, classifier. A forward pass keeps only
 * the input of each block, and a block's gradient computes the rest of the block again.
 */
import { gradName } from '../../../compiler/autodiff/differentiate.ts';
import { OftcError } from '../../../compiler/errors/error.ts';
import type { HostTensor } from '../../session/tensors.ts';
import type { BatchSize, Gradients, PlannedBytes } from '../model-types.ts';
import { openPlace, type Place, type PlacedTensor, type Value } from '../place.ts';
import type { Ran } from '../stage.ts';
import { gradientsIn, PlacedUploads, type TrainedGradient, type Uploads } from '../uploads.ts';
import { compileFor, operationsOf, plannedBytes } from './image-sizes.ts';
import { patchesOf, patchWidth, tokensOf, type VitShape } from './vit-config.ts';
import { type ClassifierOptions, partsOn, type VitBlock, type VitParts } from './vit-parts.ts';

/** Images as patches (images, patches, numbers of a patch), in the order channel, row, column within a patch. */
export interface Images {
  readonly count: number;
  readonly patches: Float32Array;
}

/** Images with the numbers of their classes. */
export interface LabelledImages extends Images {
  readonly labels: Int32Array;
  /** The weight of each image in the loss; 0 for one that does not count. */
  readonly weight: Float32Array;
}

/** Labelled images whose loss is the mean over the first `counted`; by default over all. */
export const labelled = (images: Images, labels: Int32Array, counted = images.count): LabelledImages => ({
  ...{ ...images, labels },
  weight: Float32Array.from({ length: images.count }, (_, n) => (n < counted ? 1 / counted : 0)),
});

/** A model on a device. Dispose it at the end. */
export class ImageClassifier {
  readonly #parts: VitParts;

  private constructor(parts: VitParts) {
    this.#parts = parts;
  }

  /**
   * Rejects with OFT6001 for an adapter that does not fit, OFT6002 for a tensor of another size, and what reading
   * rejects with.
   */
  static async open({ device, plans, ...options }: ClassifierOptions): Promise<ImageClassifier> {
    const place = await openPlace(device, plans);
    try {
      return await ImageClassifier.on(place, new PlacedUploads(place), options);
    } catch (e) {
      place.dispose();
      throw e;
    }
  }

  /** A model on a place that is open, which it disposes at its end. */
  static async on(
    place: Place,
    uploads: Uploads,
    options: Omit<ClassifierOptions, 'device' | 'plans'>,
  ): Promise<ImageClassifier> {
    return new ImageClassifier(await partsOn(place, uploads, options));
  }

  get config(): VitShape {
    return this.#parts.config;
  }
  get place(): Place {
    return this.#parts.place;
  }
  /** The bytes of the uploaded tensors, by form. */
  get bytes(): Readonly<Record<string, number>> {
    return this.#parts.uploads.bytes;
  }
  /** The trained tensors, by path. */
  get trained(): ReadonlyMap<string, PlacedTensor> {
    return this.#parts.uploads.trained;
  }

  /** Replaces a trained tensor and frees the old one. */
  replace(path: string, value: PlacedTensor): void {
    const { trained } = this.#parts.uploads;
    trained.get(path)!.free();
    trained.set(path, value);
  }

  /** The logits (images, classes). */
  async logits(images: Images): Promise<HostTensor> {
    const { logits, config } = this.#parts;
    const runs = await this.#forward(images, false);
    const ran = await logits.run(images.count, { ...this.#head(), x: output(runs) });
    const data = await ran.read('logits');
    for (const r of [...runs, ran]) r.free();
    return { data, shape: [images.count, config.labels.length] };
  }

  /** The weighted loss, and how many of the images that count are given their class. */
  async measured(batch: LabelledImages): Promise<{ readonly loss: number; readonly correct: number }> {
    checkLabels(batch, this.config);
    const { data, shape } = await this.logits(batch);
    const classes = shape[1]!;
    let [loss, correct] = [0, 0];
    for (let n = 0; n < batch.count; n++) {
      const [z, weight] = [data.subarray(n * classes, (n + 1) * classes), batch.weight[n]!];
      if (weight === 0) continue;
      const most = Math.max(...z);
      const sum = Array.from(z).reduce((all, of) => all + Math.exp(of - most), 0);
      const own = z[batch.labels[n]!]!;
      loss += weight * (most + Math.log(sum) - own);
      if (z.indexOf(most) === batch.labels[n]) correct++;
    }
    return { loss, correct };
  }

  async loss(batch: LabelledImages): Promise<number> {
    return (await this.measured(batch)).loss;
  }

  /** The weighted loss of labelled images, and the gradient of every trained tensor. */
  async gradients(batch: LabelledImages): Promise<Gradients> {
    const { blocks, loss, headPaths } = this.#parts;
    const { count, labels, weight } = batch;
    checkLabels(batch, this.config);
    const entered = await this.#forward(batch, true);
    const given = { ...this.#head(), x: output(entered), label: labels, weight };
    const head = await loss.run(count, { ...given, [gradName('loss')]: Float32Array.of(1) });
    const trained = new Map<string, TrainedGradient>(gradientsIn(head, headPaths));
    const kept: Ran[] = [head];
    let cotangent = head.values[gradName('x')]!;
    const tokens = this.#tokens(count);
    for (const [n, block] of [...blocks.entries()].reverse()) {
      const back = await block.stages.gradient.run(tokens, {
        ...this.#tensors(block),
        ...{ x: entered[n]!.values.y!, seen: this.#seen(count), [gradName('y')]: cotangent },
      });
      for (const [path, gradient] of gradientsIn(back, block.paths)) trained.set(path, gradient);
      entered[n + 1]!.free();
      kept.push(back);
      cotangent = back.values[gradName('x')]!;
    }
    entered[0]!.free();
    const [value] = await head.read('loss');
    await Promise.all(kept.map((r) => r.done()));
    return {
      loss: value!,
      scale: 1,
      values: new Map([...trained].map(([path, g]) => [path, g.value])),
      read: (path) => trained.get(path)!.read(),
      free: () => {
        for (const r of kept) r.free();
      },
    };
  }

  /** The peak of device memory while gradients are computed for batches of these numbers of tokens. */
  async plannedBytes(sizes: readonly BatchSize[]): Promise<PlannedBytes> {
    return plannedBytes(this.#parts, sizes);
  }

  /** The operations of the gradients of a batch. */
  async operations(size: BatchSize): Promise<number> {
    return operationsOf(this.#parts, size);
  }

  /** Compiles the stages that training runs, and their kernels for batches of these sizes. */
  async compile(sizes: readonly BatchSize[]): Promise<void> {
    await compileFor(this.#parts, sizes);
  }

  /** Frees everything, and the device if the model opened it. */
  dispose(): void {
    const { embedding, logits, loss, stages, place } = this.#parts;
    for (const part of [embedding, logits, loss, stages]) part.dispose();
    place.dispose();
  }

  #tokens(count: number): number {
    return count * tokensOf(this.config);
  }

  /** The first and the last token of each token's image. */
  #seen(count: number): Int32Array {
    const each = tokensOf(this.config);
    return Int32Array.from({ length: 2 * this.#tokens(count) }, (_, i) => {
      const first = Math.floor(i / (2 * each)) * each;
      return i % 2 === 0 ? first : first + each - 1;
    });
  }

  #head(): Record<string, Value> {
    const { head, uploads, headPaths } = this.#parts;
    return { ...head, ...uploads.now(headPaths) };
  }

  #tensors({ tensors, paths }: VitBlock): Record<string, Value> {
    return { ...tensors, ...this.#parts.uploads.now(paths) };
  }

  /** Runs the embedding and the blocks. Returns each block's input and the last output; without `keep`, only that. */
  async #forward({ count, patches }: Images, keep: boolean): Promise<Ran[]> {
    const { config, embedding, embedded, blocks } = this.#parts;
    const wanted = count * patchesOf(config) * patchWidth(config);
    if (patches.length !== wanted)
      throw new OftcError(
        'OFT6002',
        `${count} images have ${wanted} numbers, and ${patches.length} are given`,
      );
    const runs = [await embedding.run(count, { ...embedded, patches })];
    for (const block of blocks) {
      const given = { x: output(runs), seen: this.#seen(count) };
      const next = await block.stages.forward.run(this.#tokens(count), { ...this.#tensors(block), ...given });
      if (!keep) runs.pop()!.free();
      runs.push(next);
    }
    return runs;
  }
}

const output = (runs: readonly Ran[]): Value => runs.at(-1)!.values.y!;

function checkLabels({ labels, weight, count }: LabelledImages, { labels: classes }: VitShape): void {
  for (const [what, { length }] of Object.entries({ labels, weights: weight }))
    if (length !== count) throw new OftcError('OFT6002', `there are ${length} ${what} for ${count} images`);
  const wrong = labels.find((n) => n < 0 || n >= classes.length);
  if (wrong !== undefined)
    throw new OftcError('OFT6002', `a label is ${wrong}, and the classes are 0 to ${classes.length - 1}`);
}
