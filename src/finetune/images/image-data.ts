/** The images of a run: all are read once, to refuse broken ones and to know them again, and a batch's when it is drawn. */

import { createHash } from 'node:crypto';
import { relative } from 'node:path';
import { readRegular } from '../../formats/regular.ts';
import { heldApart } from '../data/hold-out.ts';
import type { Feed, Measured } from '../loop/feed.ts';
import type { StagesEngine } from '../loop/webgpu.ts';
import type { BatchSize } from '../model-types.ts';
import { type ImageClassifier, type LabelledImages, labelled } from './image-classifier.ts';
import { type ImageFiles, labelNumbers, readImages } from './image-folder.ts';
import type { Preprocessor } from './preprocessor.ts';
import { tokensOf, type VitShape } from './vit-config.ts';

export interface ImageExample {
  readonly file: string;
  /** The number of its class. */
  readonly label: number;
}

export interface ImageData {
  readonly train: readonly ImageExample[];
  readonly heldOut: readonly ImageExample[];
  /** A digest of the images, of their classes and of the preprocessing. */
  readonly sha256: string;
}

/** The model that images are made ready for. */
export interface Reader {
  readonly config: VitShape;
  readonly preprocessor: Preprocessor;
}

/**
 * Reads every image of a folder. The last of every `holdOut` images of each class is held out; 0 holds nothing out.
 * Throws InvalidImage for a damaged file, for one of a size that the model does not read, and for an unknown class.
 */
export async function readImageData(
  folder: string,
  { files, labels }: ImageFiles,
  { config, preprocessor }: Reader,
  { holdOut, said }: { readonly holdOut: number; readonly said?: (done: number, of: number) => void },
): Promise<ImageData> {
  const numbers = labelNumbers(labels, config, folder);
  const hash = createHash('sha256').update(JSON.stringify(preprocessor));
  for (const [n, file] of files.entries()) {
    await readImages([file], config, preprocessor);
    const bytes = await readRegular(file);
    hash.update(JSON.stringify([relative(folder, file), labels[n], bytes.length])).update(bytes);
    said?.(n + 1, files.length);
  }
  const examples = files.map((file, n) => ({ file, label: numbers[n]! }));
  const classes = config.labels.map((_, label) => examples.filter((e) => e.label === label));
  const apart = classes.map((own) => heldApart(own, holdOut, 1));
  return {
    train: apart.flatMap(({ train }) => train),
    heldOut: apart.flatMap(({ heldOut }) => heldOut),
    sha256: hash.digest('hex'),
  };
}

/** Reads examples as a batch, of which the first `counted` count in the loss. */
async function batchOf(
  examples: readonly ImageExample[],
  { config, preprocessor }: Reader,
  counted = examples.length,
): Promise<LabelledImages> {
  const images = await readImages(
    examples.map(({ file }) => file),
    config,
    preprocessor,
  );
  return labelled(
    images,
    Int32Array.from(examples, ({ label }) => label),
    counted,
  );
}

/**
 * The mean loss of examples, and how many of them are given their class. A last batch of fewer images is filled up with
 * images that do not count, since another number of images would need kernels of its own.
 */
export async function measuredImages(
  model: Pick<ImageClassifier, 'measured'>,
  examples: readonly ImageExample[],
  reader: Reader,
  batch: number,
): Promise<Measured & { readonly correct: number; readonly asked: number }> {
  let [sum, all] = [0, 0];
  for (let n = 0; n < examples.length; n += batch) {
    const own = examples.slice(n, n + batch);
    const filling = n === 0 ? [] : examples.slice(0, batch - own.length);
    const { loss, correct } = await model.measured(await batchOf([...own, ...filling], reader, own.length));
    sum += loss * own.length;
    all += correct;
  }
  return { heldOut: sum / examples.length, correct: all, asked: examples.length };
}

/** The sizes of the batches to train on and to evaluate. */
function imageSizes(
  { config }: Pick<Reader, 'config'>,
  { train, heldOut }: Pick<ImageData, 'train' | 'heldOut'>,
  batch: number,
): BatchSize[] {
  const of = (images: number): BatchSize => ({ tokens: images * tokensOf(config) });
  const evaluated = Math.min(batch, heldOut.length);
  return [...(train.length > 0 ? [of(batch)] : []), ...(evaluated > 0 ? [of(evaluated)] : [])];
}

export type ImageEngine = StagesEngine<LabelledImages, ImageClassifier>;

/** The feed of images. */
export const imageFeed = (
  data: Pick<ImageData, 'train' | 'heldOut'>,
  reader: Reader,
  batch: number,
): Feed<LabelledImages, ImageEngine> => ({
  count: data.train.length,
  sizes: imageSizes(reader, data, batch),
  drawn: (examples, size) => ({
    tokens: examples.length * tokensOf(reader.config),
    draw: (k) =>
      batchOf(
        examples.slice(k * size, (k + 1) * size).map((n) => data.train[n]!),
        reader,
      ),
  }),
  ...(data.heldOut.length === 0
    ? {}
    : { measured: ({ model }) => measuredImages(model, data.heldOut, reader, batch) }),
});
