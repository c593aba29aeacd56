/** The names and shapes of the weights that a configuration means. */

import { evalDim } from '../../../compiler/dims/dims.ts';
import type { ModelShape, ModuleSizes } from '../../formats/config/model-config.ts';
import { OUTPUT_LAYER } from '../../formats/config/names.ts';
import { blocksOf, embeddingPath, HEAD, layerAt, ROOT, stacksOf } from './linear-layers.ts';
import { pathsIn } from './modules.ts';
import { familyOf, logitsBiasOf } from './registry.ts';

/** The linear layers of the whole model by module path, the output layer last. */
export function linearModules(c: ModelShape): ModuleSizes {
  const blocks = blocksOf(c).flatMap(({ path, linear }) =>
    Object.values(linear).flatMap((l) => pathsIn(l).map((module) => [`${path}.${module}`, l.shape] as const)),
  );
  return new Map([...blocks, [OUTPUT_LAYER, layerAt(c, HEAD).shape]]);
}

/** The modules that an adapter of PEFT can be on: linear layers as (out, in), the embedding as (vocabulary, width). */
export const modulesOf = (c: ModelShape): ModuleSizes =>
  new Map([...linearModules(c), [embeddingPath(c), [c.vocabSize, c.hiddenSize]]]);

/** The shape of every weight, by name. A tied model stores no output layer. */
export function expectedWeights(c: ModelShape): ReadonlyMap<string, readonly number[]> {
  const { endsWithNorm = true, encoded } = familyOf(c);
  const logitsBias = logitsBiasOf(c);
  const weights = new Map<string, readonly number[]>([
    [`${embeddingPath(c)}.weight`, [c.vocabSize, c.hiddenSize]],
  ]);
  if (endsWithNorm) weights.set(`${ROOT}.norm.weight`, [c.hiddenSize]);
  if (logitsBias !== undefined) weights.set(logitsBias, [1, c.vocabSize]);
  for (const stack of encoded ? STACKS : [])
    for (const { stored, type } of encoded!.placed(c, stack).inputs)
      if (stored !== undefined)
        weights.set(
          `${ROOT}.${stored}`,
          type.shape.map((d) => evalDim(d, {})),
        );
  const blocks = stacksOf(c).flatMap(({ path, blocks: own }) =>
    own.map((half, n) => ({ at: `${path}.${n}`, half })),
  );
  for (const { at, half } of blocks)
    for (const { module, width, bias } of Object.values(half.norms)) {
      weights.set(`${at}.${module}.weight`, [width]);
      if (bias) weights.set(`${at}.${module}.bias`, [width]);
    }
  for (const { at, half } of blocks)
    for (const linear of Object.values(half.linear))
      for (const module of pathsIn(linear)) {
        weights.set(`${at}.${module}.weight`, linear.shape);
        if (linear.bias) weights.set(`${at}.${module}.bias`, [linear.shape[0]]);
      }
  if (!c.tiedEmbeddings) weights.set(`${OUTPUT_LAYER}.weight`, layerAt(c, HEAD).shape);
  return weights;
}

const STACKS = ['encoder', 'decoder'] as const;

/** The number of a model's parameters. */
export const parametersOf = (config: ModelShape): number =>
  [...expectedWeights(config).values()].reduce((sum, shape) => sum + shape.reduce((p, n) => p * n, 1), 0);
