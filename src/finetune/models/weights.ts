/** The names and shapes of the weights that a configuration means. */
import type { ModelShape, ModuleSizes } from '../../formats/config/model-config.ts';
import { EMBEDDING, OUTPUT_LAYER } from '../../formats/config/names.ts';
import { HEAD, layerAt, linearOf } from './linear-layers.ts';
import { familyOf } from './registry.ts';

/** The path of a block. */
export const blockPath = (layer: number): string => `model.layers.${layer}`;

const blocksOf = (c: ModelShape): string[] => Array.from({ length: c.layers }, (_, n) => blockPath(n));

/** The linear layers of the whole model by module path, the output layer last. */
export function linearModules(c: ModelShape): ModuleSizes {
  const each = Object.values(linearOf(c));
  const blocks = blocksOf(c).flatMap((at) =>
    each.map(({ module, shape }) => [`${at}.${module}`, shape] as const),
  );
  return new Map([...blocks, [OUTPUT_LAYER, layerAt(c, HEAD).shape]]);
}

/** The modules that an adapter of PEFT can be on: linear layers as (out, in), the embedding as (vocabulary, width). */
export const modulesOf = (c: ModelShape): ModuleSizes =>
  new Map([...linearModules(c), [EMBEDDING, [c.vocabSize, c.hiddenSize]]]);

/** The shape of every weight, by name. A tied model stores no output layer. */
export function expectedWeights(c: ModelShape): ReadonlyMap<string, readonly number[]> {
  const { before, after } = familyOf(c).halves(c);
  const norms = Object.values({ ...before.norms, ...after.norms });
  const weights = new Map<string, readonly number[]>([
    [`${EMBEDDING}.weight`, [c.vocabSize, c.hiddenSize]],
    ['model.norm.weight', [c.hiddenSize]],
  ]);
  for (const at of blocksOf(c))
    for (const { module, width } of norms) weights.set(`${at}.${module}.weight`, [width]);
  for (const at of blocksOf(c))
    for (const { module, shape, bias } of Object.values(linearOf(c))) {
      weights.set(`${at}.${module}.weight`, shape);
      if (bias) weights.set(`${at}.${module}.bias`, [shape[0]]);
    }
  if (!c.tiedEmbeddings) weights.set(`${OUTPUT_LAYER}.weight`, layerAt(c, HEAD).shape);
  return weights;
}

/** The number of a model's parameters. */
export const parametersOf = (config: ModelShape): number =>
  [...expectedWeights(config).values()].reduce((sum, shape) => sum + shape.reduce((p, n) => p * n, 1), 0);
