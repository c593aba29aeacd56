/** The start of an image classifier's training: the classes, the modules that are adapted, and the first tensors. */
import { FormatError, listed } from '../../formats/error.ts';
import type { HostTensor } from '../../session/tensors.ts';
import { random } from '../../start/random.ts';
import { type ModuleAdapters, moduleStarts } from '../by-module.ts';
import { seedOf } from '../loop/order.ts';
import type { Weights } from '../uploads.ts';
import type { OpenVit } from './open.ts';
import { blockPath, classifierShapes, vitLinear } from './vit.ts';
import type { VitShape } from './vit-config.ts';

/**
 * The model's shape with given classes, or else with its own. Throws UnsupportedModel for a model that has neither, and
 * for fewer than two given classes: of one, every loss and every gradient is 0.
 */
export function withClasses(
  { config, hasClassifier, path }: Pick<OpenVit, 'config' | 'hasClassifier' | 'path'>,
  classes: readonly string[] | undefined,
): VitShape {
  if (classes && classes.length < 2)
    throw new FormatError(
      'UnsupportedModel',
      { file: path },
      `a new classifier tells classes apart, and there is only ${listed(classes)}`,
      'Give images of two classes or more, or the names of classes that the model has.',
    );
  if (classes) return { ...config, labels: [...classes] };
  if (hasClassifier) return config;
  throw new FormatError(
    'UnsupportedModel',
    { file: path },
    'it has no classifier',
    'Train an adapter with a classifier of its own, and name its folder.',
  );
}

/** Throws InvalidAdapter where the classes that are given are others than an adapter's. */
export function checkClasses(classes: readonly string[], { labels }: VitShape, folder: string): void {
  if (classes.join('\n') !== labels.join('\n'))
    throw new FormatError(
      'InvalidAdapter',
      { file: folder },
      `its classes are ${listed(labels)}, and those given are ${listed(classes)}`,
      'Give the classes of the adapter, or none.',
    );
}

/** The modules that targets name. Throws UnsupportedOption for a target that names none. */
export function modulesNamed(c: VitShape, targets: readonly string[] | undefined, folder: string): string[] {
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

/** The adapters' starts on all blocks, by path. Frozen tensors that are `given` are taken as they are. */
export async function blockStarts(
  c: VitShape,
  adapters: ModuleAdapters,
  weights: Pick<Weights, 'read'>,
  seed: number,
  given?: ReadonlyMap<string, HostTensor>,
): Promise<Map<string, HostTensor>> {
  const all = new Map<string, HostTensor>();
  const modules = Object.keys(adapters).length;
  for (let n = 0; n < c.layers; n++) {
    const part = { at: `${blockPath(n)}.`, seed, first: n * modules, ...(given ? { given } : {}) };
    for (const start of await moduleStarts(adapters, weights, part)) all.set(...start);
  }
  return all;
}

/**
 * The start of what is trained: the adapters, and the model's classifier or a new one. Each module and the classifier
 * draw random numbers of their own, and other ones with another seed.
 */
export async function imageStart(
  c: VitShape,
  adapters: ModuleAdapters,
  weights: Weights,
  { seed, newClassifier }: { readonly seed: number; readonly newClassifier: boolean },
): Promise<Map<string, HostTensor>> {
  const all = await blockStarts(c, adapters, weights, seed);
  const next = random(seedOf(seed, c.layers * Object.keys(adapters).length));
  for (const [path, shape] of classifierShapes(c)) {
    const bound = shape.length > 1 ? 1 / Math.sqrt(c.width) : 0;
    const count = shape.reduce((a, b) => a * b, 1);
    const data = () => Float32Array.from({ length: count }, () => bound * (2 * next() - 1));
    all.set(path, newClassifier ? { data: data(), shape } : await weights.read(path));
  }
  return all;
}
