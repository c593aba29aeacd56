/** The ways of all recipes to compute the kernels of each family. */
import type { Ways } from '../families/family.ts';
import type { FamilyWays } from '../families/index.ts';
import { tunedWays } from './choices.ts';
import { RECIPES } from './index.ts';
import type { Recipe } from './recipe.ts';

const waysOf =
  <K>(of: (recipe: Recipe) => Ways<K> | undefined): Ways<K> =>
  (kernel, options) =>
    RECIPES.flatMap((r) => of(r)?.(kernel, options) ?? []);

const contraction = waysOf((r) => r.contraction);

export const WAYS: FamilyWays = {
  contraction: (kernel, options) => [...tunedWays(kernel, options), ...contraction(kernel, options)],
  map: waysOf((r) => r.map),
  reduction: waysOf((r) => r.reduction),
  solve: waysOf((r) => r.solve),
  attention: waysOf((r) => r.attention),
  blocks: waysOf((r) => r.blocks),
};
