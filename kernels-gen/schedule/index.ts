/** The registered recipes, and the strategies that they have code for. */
import { DIRECT } from '../families/family.ts';
import type { Recipe } from './recipe.ts';
import * as registered from './registry.ts';

/** No class runs the strategies of two, so their order decides nothing. */
export const RECIPES: readonly Recipe[] = Object.values(registered);

export type Strategy = typeof DIRECT | (typeof registered)[keyof typeof registered]['strategies'][number];

/** `direct` is portable; what each of the others does, its recipe says. */
export const STRATEGIES: readonly Strategy[] = [
  DIRECT,
  ...Object.values(registered).flatMap((r): readonly Strategy[] => r.strategies),
];
