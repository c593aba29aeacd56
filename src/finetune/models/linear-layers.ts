/** The linear layers of a model that an adapter can replace: their names here and in checkpoints, and their shapes. */
import type { ModelShape } from '../../formats/config/model-config.ts';
import { EMBEDDING, OUTPUT_LAYER } from '../../formats/config/names.ts';
import type { Linear } from './family.ts';
import { familyOf } from './registry.ts';

/** The name of a linear layer here: `q` of a block, or `head`. */
export type Target = string;
/** The target after all blocks. */
export const HEAD = 'head';

/** The linear layers of a block by their names here, in the order in which they are applied. */
export function linearOf(c: ModelShape): Readonly<Record<Target, Linear>> {
  const { before, after } = familyOf(c).halves(c);
  return { ...before.linear, ...after.linear };
}

/** The linear layers of a block, in the order in which they are applied. */
export const projectionsOf = (c: ModelShape): Target[] => Object.keys(linearOf(c));

/** The targets of a model: a block's, and the head. */
export const targetsOf = (c: ModelShape): Target[] => [...projectionsOf(c), HEAD];

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

/** The target with a given short name. */
export const targetNamed = (c: ModelShape, name: string): Target | undefined =>
  targetsOf(c).find((t) => shortName(c, t) === name);

/** The name of a module's weight in a checkpoint; a tied head has the embedding's. */
export const weightName = (c: ModelShape, module: string): string =>
  `${c.tiedEmbeddings && module === OUTPUT_LAYER ? EMBEDDING : module}.weight`;
