/**
 * Runs a Vision Transformer as a sequence of Plans: embedding, one block × layers, classifier. A forward pass keeps only
 * the input of each block, and a block's gradient computes the rest of the block again.
 */
import { gradName } from '../../../compiler/autodiff/differentiate.ts';
import { OftcError } from '../../../compiler/errors/error.ts';
import type { InputNode } from '../../../compiler/ir/node.ts';
import type { SessionOptions } from '../../session/session.ts';
import type { HostTensor } from '../../session/tensors.ts';
import { type BlockStages, type ByStorage, stagesOf } from '../blocks.ts';
import { type ModuleChoice, moduleAdapters, nameOf } from '../by-module.ts';
import type { Gradients } from '../model-types.ts';
import { openPlace, type Place, type PlacedTensor, type Value } from '../place.ts';
import { type Ran, Stage } from '../stage.ts';
import {
  gradientsIn,
  PlacedUploads,
  pathOf,
  sourceOf,
  type TrainedGradient,
  type Weights,
} from '../uploads.ts';
import { blockPath, CLASSIFIER, classifier, embedPatches, vitBlock, vitLinear } from './vit.ts';
import { patchesOf, patchWidth, type VitShape } from './vit-config.ts';

/** Images as patches (images, patches, numbers of a patch), in the order channel, row, column within a patch. */
export interface Images {
  readonly count: number;
  readonly patches: Float32Array;
}

export interface ClassifierOptions {
  readonly config: VitShape;
  readonly weights: Weights;
  /** An adapter on modules of every block, with its tensors by path. */
  readonly adapter?: ModuleChoice & { readonly tensors: Weights };
  /** Whether the classifier is trained too; `adapter.tensors` then has its start. */
  readonly trainsClassifier?: boolean;
  readonly device?: SessionOptions['device'];
}

interface VitBlock {
  readonly stages: BlockStages;
  readonly tensors: Readonly<Record<string, Value>>;
  readonly paths: ReadonlyMap<string, string>;
}

interface Parts {
  readonly config: VitShape;
  readonly place: Place;
  readonly uploads: PlacedUploads;
  readonly stages: ByStorage<BlockStages>;
  readonly blocks: readonly VitBlock[];
  readonly embedding: Stage;
  readonly logits: Stage;
  readonly loss: Stage;
  readonly embedded: Readonly<Record<string, Value>>;
  readonly head: Readonly<Record<string, Value>>;
  /** The paths of the classifier's trained tensors by their names in its layer. */
  readonly headPaths: ReadonlyMap<string, string>;
}

/** A model on a device. Dispose it at the end. */
export class ImageClassifier {
  readonly #parts: Parts;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Rejects with OFT6001 for an adapter that does not fit, OFT6002 for a tensor of another size, and what reading rejects with. */
  static async open({ device, ...options }: ClassifierOptions): Promise<ImageClassifier> {
    const place = await openPlace(device);
    try {
      return new ImageClassifier(await partsOn(place, options));
    } catch (e) {
      place.dispose();
      throw e;
    }
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

  /** The mean loss of labelled images, and the gradient of every trained tensor. */
  async gradients(images: Images, labels: Int32Array): Promise<Gradients> {
    const { blocks, loss, headPaths } = this.#parts;
    const { count } = images;
    checkLabels(labels, count, this.config);
    const entered = await this.#forward(images, true);
    const weight = new Float32Array(count).fill(1 / count);
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
      values: new Map([...trained].map(([path, g]) => [path, g.value])),
      read: (path) => trained.get(path)!.read(),
      free: () => {
        for (const r of kept) r.free();
      },
    };
  }

  /** Frees everything, and the device if the model opened it. */
  dispose(): void {
    const { embedding, logits, loss, stages, place } = this.#parts;
    for (const part of [embedding, logits, loss, stages]) part.dispose();
    place.dispose();
  }

  #tokens(count: number): number {
    return count * (patchesOf(this.config) + 1);
  }

  /** The first and the last token of each token's image. */
  #seen(count: number): Int32Array {
    const each = patchesOf(this.config) + 1;
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

function checkLabels(labels: Int32Array, count: number, { labels: classes }: VitShape): void {
  if (labels.length !== count)
    throw new OftcError('OFT6002', `there are ${labels.length} labels for ${count} images`);
  const wrong = labels.find((n) => n < 0 || n >= classes.length);
  if (wrong !== undefined)
    throw new OftcError('OFT6002', `a label is ${wrong}, and the classes are 0 to ${classes.length - 1}`);
}

async function partsOn(
  place: Place,
  { config, weights, adapter, trainsClassifier = false }: Omit<ClassifierOptions, 'device'>,
): Promise<Parts> {
  const uploads = new PlacedUploads(place);
  const layers = vitLinear(config);
  const program = vitBlock(config, adapter && moduleAdapters(layers, adapter)).trace();
  const stages = stagesOf(place, program, false);
  const from = sourceOf(vitBlock(config).trace(), weights, adapter?.tensors);
  const trainable = program.inputs.filter((i) => i.role === 'trainable');
  const names = layers.map(({ module }) => nameOf(module));
  const blocks: VitBlock[] = [];
  for (let n = 0; n < config.layers; n++) {
    const { values, stored } = await uploads.asStored(program.inputs, blockPath(n), from, names);
    const paths = new Map(trainable.map((i) => [i.name, pathOf(i, blockPath(n))]));
    blocks.push({ stages: await stages.holding(stored), tensors: values, paths });
  }
  const embedding = await Stage.prepare(place, embedPatches(config).trace());
  const embedded = await uploads.all(embedding.signature.inputs, 'vit.embeddings', () => weights);
  const programOf = (hasLoss: boolean) =>
    classifier(config, { trained: trainsClassifier, loss: hasLoss }).trace();
  const inputs = programOf(false).inputs;
  const own = inputs.filter((i) => i.role === 'trainable');
  const only = (name: string) =>
    ['loss', 'x', ...own.map((i) => i.name)].some((i) => name === i || name === gradName(i));
  const isNorm = (i: InputNode) => i.stored?.startsWith('layernorm') ?? false;
  const norms = await uploads.all(inputs.filter(isNorm), 'vit', () => weights);
  const last = inputs.filter((i) => !isNorm(i));
  const start = trainsClassifier && adapter ? adapter.tensors : weights;
  const head = { ...norms, ...(await uploads.all(last, CLASSIFIER, () => start)) };
  return {
    ...{ config, place, uploads, stages, blocks, embedding, embedded, head },
    logits: await Stage.prepare(place, programOf(false)),
    loss: await Stage.prepare(place, programOf(true), { gradients: true, only }),
    headPaths: new Map(own.map((i) => [i.name, pathOf(i, CLASSIFIER)])),
  };
}
