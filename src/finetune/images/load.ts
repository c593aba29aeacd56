/** Image classifiers from code: a Vision Transformer in Hugging Face's layout, trained with an adapter on folders of images. */
import type { SessionOptions } from '../../session/session.ts';
import type { HostArray } from '../../session/tensors.ts';
import { AdamW } from '../adamw.ts';
import { type ModuleAdapters, moduleAdapters } from '../by-module.ts';
import { Order } from '../loop/order.ts';
import { type Method, methodOf } from '../methods.ts';
import { ImageClassifier, labelled } from './image-classifier.ts';
import { type ImageFiles, labelNumbers, readImages } from './image-folder.ts';
import { checkClasses, imageStart, modulesNamed, withClasses } from './image-start.ts';
import { openVit } from './open.ts';
import type { Preprocessor } from './preprocessor.ts';
import { readImageAdapter } from './read-saved.ts';
import { writeImageAdapter } from './saved.ts';
import { vitLinear } from './vit.ts';
import type { VitShape } from './vit-config.ts';

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

/**
 * Loads a model to train. Rejects with FormatError for files that are refused, and as `methodOf` and `moduleAdapters`
 * do for a new adapter.
 */
export async function loadImageClassifier(
  folder: string,
  options: LoadImageOptions,
): Promise<LoadedClassifier> {
  const files = await openVit(folder);
  try {
    const { adapter, classes, quantize } = options;
    const asked = classes ? { ...files.config, labels: [...classes] } : files.config;
    const trained = typeof adapter === 'string' ? await readImageAdapter(adapter, files, asked) : undefined;
    if (trained && classes) checkClasses(classes, trained.config, adapter as string);
    const config = trained?.config ?? withClasses(files, classes);
    const { choice, method } = trained ?? newAdapter(config, adapter as ImageAdapter, folder);
    const adapters = moduleAdapters(vitLinear(config), choice);
    const weights = files.weights(config, quantize);
    const isNew = !files.hasClassifier || classes !== undefined;
    const start =
      trained?.tensors ??
      (await imageStart(config, adapters, weights, { seed: options.seed ?? 0, newClassifier: isNew }));
    const model = await ImageClassifier.open({
      ...{ config, weights, trainsClassifier: true, ...(options.device ? { device: options.device } : {}) },
      adapter: { ...choice, tensors: { read: async (name) => start.get(name)! } },
    });
    const { seed = 0, decay = 0.01 } = options;
    const { preprocessor } = files;
    return new Loaded({ folder, model, preprocessor, method, adapters, seed, decay });
  } finally {
    await files.close();
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
        labelled(
          images,
          Int32Array.from(drawn, (n) => numbers[n]!),
        ),
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
