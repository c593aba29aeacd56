/** The recipe for CPUs that run a subgroup as one vector: lanes load operands together and exchange them. */
import type { Recipe } from '../recipe.ts';
import { attentionWays } from './attention.ts';
import { blockWays } from './blocks/index.ts';
import { choices, choicesOf } from './choices.ts';
import { contractionWays } from './contraction.ts';
import { mapWays } from './map.ts';
import { reductionWays } from './reduction.ts';
import { solveWays } from './solve.ts';

export const cpuVectors = {
  strategies: ['lanes'],
  contraction: contractionWays,
  map: mapWays,
  reduction: reductionWays,
  solve: solveWays,
  attention: attentionWays,
  blocks: blockWays,
  choices,
  choicesOf,
} as const satisfies Recipe;
