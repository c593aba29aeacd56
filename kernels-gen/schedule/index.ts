/** The registered recipes, and the strategies that they have code for. */
import { DIRECT } from '../families/family.ts';
import type { Recipe } from './recipe.ts';
import * as registered from './registry.ts';

/** All recipes. Their order does not matter, because no class runs the strategies of two recipes. */
export const RECIPES: readonly Recipe[] = Object.values(registered);

export type Strategy = typeof DIRECT | (typeof registered)[keyof typeof registered]['strategies'][number];

/** All strategies. `direct` is portable; each other one is described in its recipe. */
export const STRATEGIES: readonly Strategy[] = [
  DIRECT,
  ...Object.values(registered).flatMap((r): readonly Strategy[] => r.strategies),
];
