/** Image classifiers from code: a Vision Transformer in Hugging Face's layout, trained with an adapter on folders of images. */
import { join } from 'node:path';
import { openCheckpoint, type TensorStore } from '../../formats/checkpoint/store.ts';
import { FormatError, listed } from '../../formats/error.ts';
import { readJsonFile } from '../../formats/json.ts';
import { shownShape } from '../../formats/safetensors/error.ts';
import type { SessionOptions } from '../../session/session.ts';
import type { HostArray, HostTensor } from '../../session/tensors.ts';
import { random } from '../../start/random.ts';
import { AdamW } from '../adamw.ts';
import { type ModuleAdapters, moduleAdapters, moduleStarts } from '../by-module.ts';
import { Order } from '../loop/order.ts';
import { type Method, methodOf } from '../methods.ts';
import { quantisedWhere } from '../quantised.ts';
import type { Weights } from '../uploads.ts';
import { ImageClassifier } from './image-classifier.ts';
import { type ImageFiles, labelNumbers, readImages } from './image-folder.ts';
import { type Preprocessor, readPreprocessor } from './preprocessor.ts';
import { readImageAdapter, writeImageAdapter } from './saved.ts';
import { blockPath, classifierShapes, vitLinear, vitWeights } from './vit.ts';
import { parseVitConfig, type VitShape } from './vit-config.ts';

export interface ImageAdapter {
  /** A method of the library by its name, or a file with a layer: `oft`. */
  readonly method: string;
  /** Its settings and sizes: `{ b: 32 }`. */
  readonly set?: Readonly<Record<string, string | number | boolean>>;
  /** Modules of each block by the ends of their paths, as in PEFT: `query`, `attention.output.dense`. By default all. */
  readonly targets?: readonly string[];
}

export interface LoadImageOptions {
  /** The adapter to train, or the folder of one that was trained, in PEFT's format. */
  readonly adapter: ImageAdapter | string;
  /** Classes of a new classifier, which starts at random; by default those of the model, with its classifier. */
  readonly classes?: readonly string[];
  /** The form to hold the blocks' linear layers in: `nf4-double`. */
  readonly quantize?: string;
  readonly device?: SessionOptions['device'];
  /** The weight decay of training; by default 0.01. */
  readonly decay?: number;
  /** The seed of the adapter's start, of a new classifier, and of the order of the images; by default 0. */
  readonly seed?: number;
}

export interface TrainImageOptions {
  readonly steps: number;
  readonly batch?: number;
  readonly rate?: number;
  /** Is told each step's loss. */
  readonly tell?: (step: number, loss: number) => void;
}

/** A Vision Transformer with an adapter and a classifier that are trained. Dispose it at the end. */
export interface LoadedClassifier {
  readonly config: VitShape;
  /** Takes steps of AdamW, on each image once an epoch, and goes on where it is called again. Returns the losses. */
  train(images: ImageFiles, options: TrainImageOptions): Promise<number[]>;
  /** The likeliest class of each file. */
  classify(files: readonly string[]): Promise<string[]>;
  /** Writes the adapter and the classifier in PEFT's format. */
  save(folder: string): Promise<void>;
  dispose(): void;
}

const MODEL = 'Take the weights and config.json from one checkpoint.';

/** The weights of a store. Throws WeightMismatch for one that is missing or of another shape. */
function weightsOf(store: TensorStore, c: VitShape, isNew: (name: string) => boolean): Weights {
  const expected = [...vitWeights(c)].filter(([name]) => !isNew(name));
  const missing = expected.map(([name]) => name).filter((name) => !store.tensors.has(name));
  const wrong = (name: string | undefined, problem: string) =>
    new FormatError('WeightMismatch', { file: store.path, ...(name ? { name } : {}) }, problem, MODEL);
  if (missing.length > 0)
    throw wrong(
      undefined,
      `it lacks ${missing.length} of the ${expected.length} weights: ${listed(missing)}`,
    );
  for (const [name, shape] of expected) {
    const found = store.tensors.get(name)!.shape;
    if (found.join() !== shape.join())
      throw wrong(
        name,
        `the configuration means ${shownShape(shape)}, and the tensor has ${shownShape(found)}`,
      );
  }
  return { read: async (name) => ({ data: await store.f32(name), shape: store.tensors.get(name)!.shape }) };
}

/** The modules that targets name. Throws UnsupportedOption for a target that names none. */
function modulesNamed(c: VitShape, targets: readonly string[] | undefined, folder: string): string[] {
  const all = vitLinear(c).map(({ module }) => module);
  const isOf = (target: string) => (module: string) => module === target || module.endsWith(`.${target}`);
  const unknown = targets?.find((t) => !all.some(isOf(t)));
  if (unknown !== undefined)
    throw new FormatError(
      'UnsupportedOption',
      { file: folder, name: unknown },
      'no linear layer of a block ends so',
      `Name some of ${all.join(', ')}.`,
    );
  return all.filter((module) => targets === undefined || targets.some((t) => isOf(t)(module)));
}

/** The start of what is trained: the adapters, and the model's classifier or a new one. */
async function startOf(
  c: VitShape,
  adapters: ModuleAdapters,
  weights: Weights,
  { seed = 0, classes }: LoadImageOptions,
): Promise<Map<string, HostTensor>> {
  const all = new Map<string, HostTensor>();
  for (let n = 0; n < c.layers; n++) {
    const at = `${blockPath(n)}.`;
    for (const start of await moduleStarts(adapters, weights, { at, seed: seed + n })) all.set(...start);
  }
  const next = random(seed);
  for (const [path, shape] of classifierShapes(c)) {
    const bound = shape.length > 1 ? 1 / Math.sqrt(c.width) : 0;
    const count = shape.reduce((a, b) => a * b, 1);
    const data = () => Float32Array.from({ length: count }, () => bound * (2 * next() - 1));
    all.set(path, classes ? { data: data(), shape } : await weights.read(path));
  }
  return all;
}

/**
 * Loads a model to train. Rejects with FormatError for files that are refused, and as `methodOf` and `moduleAdapters`
 * do for a new adapter.
 */
export async function loadImageClassifier(
  folder: string,
  options: LoadImageOptions,
): Promise<LoadedClassifier> {
  const file = join(folder, 'config.json');
  const read = parseVitConfig(await readJsonFile(file, 'Name the folder of a model.'), file);
  const config = options.classes ? { ...read, labels: [...options.classes] } : read;
  const preprocessor = await readPreprocessor(folder);
  const { adapter } = options;
  const trained = typeof adapter === 'string' ? await readImageAdapter(adapter, config) : undefined;
  const { choice, method } = trained ?? newAdapter(config, adapter as ImageAdapter, folder);
  const adapters = moduleAdapters(vitLinear(config), choice);
  const store = await openCheckpoint(folder);
  try {
    const isNew = (name: string) =>
      classifierShapes(config).has(name) && (trained ?? options.classes) !== undefined;
    const plain = weightsOf(store, config, isNew);
    const isLinear = (name: string) =>
      vitLinear(config).some(({ module }) => name.endsWith(`.${module}.weight`));
    const weights = options.quantize ? quantisedWhere(plain, isLinear, options.quantize) : plain;
    const start = trained?.tensors ?? (await startOf(config, adapters, weights, options));
    const model = await ImageClassifier.open({
      ...{ config, weights, trainsClassifier: true, ...(options.device ? { device: options.device } : {}) },
      adapter: { ...choice, tensors: { read: async (name) => start.get(name)! } },
    });
    const { seed = 0, decay = 0.01 } = options;
    return new Loaded({ folder, model, preprocessor, method, adapters, seed, decay });
  } finally {
    await store.close();
  }
}

/** A new adapter's method, and the modules that it is on. */
function newAdapter(config: VitShape, { method: name, set = {}, targets }: ImageAdapter, folder: string) {
  const given = Object.fromEntries(Object.entries(set).map(([k, value]) => [k, String(value)]));
  const method = methodOf(name, given);
  const { source, config: settings, dims } = method;
  return {
    method,
    choice: { source, config: settings, dims, targets: modulesNamed(config, targets, folder) },
  };
}

interface LoadedParts {
  readonly folder: string;
  readonly model: ImageClassifier;
  readonly preprocessor: Preprocessor;
  readonly method: Method;
  readonly adapters: ModuleAdapters;
  readonly seed: number;
  readonly decay: number;
}

class Loaded implements LoadedClassifier {
  readonly #of: LoadedParts;
  #optimizer: AdamW | undefined;
  #taken = 0;

  constructor(parts: LoadedParts) {
    this.#of = parts;
  }

  get config(): VitShape {
    return this.#of.model.config;
  }

  async train(
    { files, labels }: ImageFiles,
    { steps, batch = 16, rate = 1e-3, tell }: TrainImageOptions,
  ): Promise<number[]> {
    const { model, preprocessor, seed, decay, folder } = this.#of;
    const numbers = labelNumbers(labels, model.config, folder);
    const order = new Order(files.length, seed);
    this.#optimizer ??= await AdamW.prepare(model, { rate, decay });
    const losses: number[] = [];
    for (let step = 0; step < steps; step++) {
      const drawn = order.batch(this.#taken, batch);
      const images = await readImages(
        drawn.map((n) => files[n]!),
        model.config,
        preprocessor,
      );
      const gradients = await model.gradients(
        images,
        Int32Array.from(drawn, (n) => numbers[n]!),
      );
      await this.#optimizer.step(gradients, rate);
      await this.#optimizer.done();
      this.#taken += batch;
      gradients.free();
      losses.push(gradients.loss);
      tell?.(step + 1, gradients.loss);
    }
    return losses;
  }

  async classify(files: readonly string[]): Promise<string[]> {
    const { model, preprocessor } = this.#of;
    const { labels } = model.config;
    const { data } = await model.logits(await readImages(files, model.config, preprocessor));
    return files.map((_, n) => {
      const own = data.subarray(n * labels.length, (n + 1) * labels.length);
      return labels[own.indexOf(Math.max(...own))]!;
    });
  }

  async save(folder: string): Promise<void> {
    const { model, method, adapters, folder: baseModel } = this.#of;
    const values = new Map<string, HostArray>();
    for (const [path, tensor] of model.trained) values.set(path, await tensor.read());
    await writeImageAdapter(folder, { config: model.config, method, adapters, baseModel, values });
  }

  dispose(): void {
    this.#optimizer?.dispose();
    this.#of.model.dispose();
  }
}
