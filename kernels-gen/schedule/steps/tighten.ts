/**
 * Leaves out iterations that do nothing: those of a loop before one value and from another one on, or those for which a
 * condition does not hold. The names that this takes come before.
 *
 *     for j in 10:                 let first = start[i]                  for j in 10:
 *       if start[i] <= j:     →    for j in first, 1 more, … < 10:   or    let first = start[i]
 *         f(j)                       if start[i] <= j: f(j)                if first <= j:
 *                                                                           if start[i] <= j: f(j)
 */
import type { BoolExpr, IntExpr } from '../../../compiler/primitives/expr.ts';
import { replaceLoop } from '../../loops/rewrite.ts';
import type { Body } from '../../loops/type.ts';
import { requireWhole } from './require.ts';
import type { LoopStep } from './step.ts';

interface Bounds {
  readonly names?: Body;
  readonly from?: IntExpr;
  readonly end?: IntExpr;
}

/** Starts and ends a loop at other values. `why` says which iterations do nothing. */
export const tighten = (axis: string, why: string, { names = [], from, end }: Bounds): LoopStep => ({
  says: `tighten ${axis} to ${why}`,
  apply: (kernel) =>
    replaceLoop(kernel, axis, (loop) => {
      requireWhole(loop);
      const bounds = { ...(from ? { from: { value: from, step: 1 } } : {}), ...(end ? { end } : {}) };
      return [...names, { ...loop, ...bounds }];
    }),
});

/** Skips iterations for which a condition does not hold. */
export const skip = (axis: string, why: string, names: Body, cond: BoolExpr): LoopStep => ({
  says: `skip ${axis} ${why}`,
  apply: (kernel) =>
    replaceLoop(kernel, axis, (loop) => [{ ...loop, body: [...names, { k: 'if', cond, body: loop.body }] }]),
});
