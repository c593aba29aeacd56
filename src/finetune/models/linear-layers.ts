/** The linear layers of a model that an adapter can replace: their names here and in checkpoints, and their shapes. */
import type { ModelShape } from '../../formats/config/model-config.ts';
import { OUTPUT_LAYER } from '../../formats/config/names.ts';
import { type Half, type Linear, pathsIn } from './modules.ts';
import { familyOf } from './registry.ts';

/** The name of a linear layer here: `q` of a block, or `head`. */
export type Target = string;
/** The target after all blocks. */
export const HEAD = 'head';

/** The first word of the paths of all tensors but the head's. */
export const ROOT = 'model';

/** The path of the embedding. */
export const embeddingPath = (c: Pick<ModelShape, 'family'>): string =>
  `${ROOT}.${familyOf(c).embedding ?? 'embed_tokens'}`;

/** Blocks of one kind, one after another. */
export interface Stack {
  /** The path of the blocks: `model.layers`. */
  readonly path: string;
  /** The tensors of each block. */
  readonly blocks: readonly Half[];
}

const joined = (...halves: readonly Half[]): Half => ({
  norms: Object.assign({}, ...halves.map((h) => h.norms)),
  linear: Object.assign({}, ...halves.map((h) => h.linear)),
});

/** The shapes that blocks of a decoder have, each with the numbers of its layers: some may have experts and some not. */
export function layerShapes(
  c: ModelShape,
): readonly { readonly shape: ModelShape; readonly layers: number[] }[] {
  const all = Array.from({ length: c.layers }, (_, n) => n);
  const { experts, ...dense } = c;
  if (!experts?.layers) return [{ shape: c, layers: all }];
  const { layers: has, ...own } = experts;
  return [
    { shape: { ...dense, experts: own }, layers: all.filter((n) => has[n]) },
    { shape: dense, layers: all.filter((n) => !has[n]) },
  ].filter(({ layers }) => layers.length > 0);
}

/** The tensors of each block of a model without an encoder. */
function plainBlocks(c: ModelShape): Half[] {
  const blocks: Half[] = [];
  for (const { shape, layers } of layerShapes(c)) {
    const { before, after } = familyOf(c).halves(shape);
    const half = joined(before, after);
    for (const n of layers) blocks[n] = half;
  }
  return blocks;
}

/** The stacks of blocks of a model, in the order in which they are computed. */
export function stacksOf(c: ModelShape): readonly Stack[] {
  const { encoded, halves } = familyOf(c);
  if (!encoded || !c.encoder) return [{ path: `${ROOT}.layers`, blocks: plainBlocks(c) }];
  const { before, after } = halves(c);
  const { encoder, decoder } = encoded.paths;
  const all = (count: number, half: Half) => Array.from({ length: count }, () => half);
  return [
    { path: `${ROOT}.${encoder}`, blocks: all(c.encoder.layers, encoded.block(c)) },
    { path: `${ROOT}.${decoder}`, blocks: all(c.layers, joined(before, encoded.memory(c), after)) },
  ];
}

/** A block of a model: its path, and its linear layers by their names here. */
export interface BlockPlace {
  readonly path: string;
  /** Its number in its stack. */
  readonly number: number;
  readonly linear: Half['linear'];
}

/** The blocks of a model, in the order in which they are computed. */
export const blocksOf = (c: ModelShape): BlockPlace[] =>
  stacksOf(c).flatMap(({ path, blocks }) =>
    blocks.map(({ linear }, number) => ({ path: `${path}.${number}`, number, linear })),
  );

/** The linear layers of the blocks by their names here, in the order in which they are applied. */
export const linearOf = (c: ModelShape): Readonly<Record<Target, Linear>> =>
  Object.assign({}, ...new Set(stacksOf(c).flatMap(({ blocks }) => blocks.map(({ linear }) => linear))));

/** The linear layers of the blocks that an adapter is on unless some are named, in the order in which they are applied. */
export const projectionsOf = (c: ModelShape): Target[] =>
  Object.entries(linearOf(c)).flatMap(([t, { isRouter }]) => (isRouter ? [] : [t]));

/** The paths of a target's modules. */
export const pathsOf = (c: ModelShape, t: Target): string[] =>
  t === HEAD
    ? [OUTPUT_LAYER]
    : blocksOf(c).flatMap(({ path, linear }) =>
        linear[t] ? pathsIn(linear[t]).map((module) => `${path}.${module}`) : [],
      );

/** The targets of a model: a block's, and the head. */
export const targetsOf = (c: ModelShape): Target[] => [...Object.keys(linearOf(c)), HEAD];

/** A target as a linear layer; the head's path is that in the model, and others' are those in a block. */
export function layerAt(c: ModelShape, t: Target): Linear {
  const head: Linear = { module: OUTPUT_LAYER, shape: [c.vocabSize, c.hiddenSize], bias: false };
  return t === HEAD ? head : linearOf(c)[t]!;
}

/** The module of a target in Hugging Face's naming; a projection's follows its block's path. */
export const moduleOf = (c: ModelShape, t: Target): string => layerAt(c, t).module;

/** The shape (out, in) of a target's weight. */
export const shapeOf = (c: ModelShape, t: Target): Linear['shape'] => layerAt(c, t).shape;

/** The last word of a target's module, by which people name it: `q_proj`. */
export const shortName = (c: ModelShape, t: Target): string => moduleOf(c, t).split('.').at(-1)!;

/** The short names of targets, each once: those of an encoder and of a decoder may be the same. */
export const shortNames = (c: ModelShape, targets: readonly Target[]): string[] => [
  ...new Set(targets.map((t) => shortName(c, t))),
];

/** The targets with a given short name. */
export const targetsNamed = (c: ModelShape, name: string): Target[] =>
  targetsOf(c).filter((t) => shortName(c, t) === name);

/** The name of a module's weight in a checkpoint; a tied head has the embedding's. */
export const weightName = (c: ModelShape, module: string): string =>
  `${c.tiedEmbeddings && module === OUTPUT_LAYER ? embeddingPath(c) : module}.weight`;
