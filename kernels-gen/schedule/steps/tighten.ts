/**
 * Leaves out iterations that do nothing: those of a loop before one value and from another one on, or those for which a
 * condition does not hold. The names that this takes come before.
 *
 *     for j in 10:                 let first = start[i]                  for j in 10:
 *       if start[i] <= j:     →    for j in first, 1 more, … < 10:   or    let first = start[i]
 *         f(j)                       if start[i] <= j: f(j)                if first <= j:
 *                                                                           if start[i] <= j: f(j)
 *
 * A split's inner loop can end where its condition ends to hold:
 *
 *     for n in 4:                               for n in 4, ends at (10 - o * 4 if 10 - o * 4 < 4 else 4):
 *       if o * 4 + n < 10: f(o * 4 + n)    →      f(o * 4 + n)
 */
import { constantOf } from '../../../compiler/dims/dims.ts';
import { ilt, int, iselect, isub } from '../../../compiler/primitives/build.ts';
import type { BoolExpr, IntExpr } from '../../../compiler/primitives/expr.ts';
import { LoopError } from '../../loops/error.ts';
import { axesOf } from '../../loops/perfect-nest.ts';
import { replaceLoop } from '../../loops/rewrite.ts';
import type { Body } from '../../loops/type.ts';
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
      if (loop.how !== 'serial' || loop.from || loop.end)
        throw new LoopError('form', `the loop over ${axis} is not serial from 0`);
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

/** Ends the inner loop of a split where the split's condition ends to hold. A split without a remainder has no condition. */
export const trim = (axis: string): LoopStep => ({
  says: `trim ${axis}`,
  apply: (kernel) =>
    replaceLoop(kernel, axis, (loop) => {
      const [only, ...others] = loop.body;
      if (only?.k !== 'if') return [loop];
      const { cond, body } = only;
      const size = constantOf(loop.trips.of);
      const isAlone = others.length === 0 && loop.how === 'serial' && loop.trips.by === 1;
      if (!isAlone || loop.from || loop.end || size === undefined || cond.k !== 'ilt')
        throw new LoopError('form', `the loop over ${axis} is no inner loop of a split`);
      const { a, b } = cond;
      if (a.k !== 'iadd' || a.b.k !== 'axis' || a.b.name !== axis || axesOf(isub(b, a.a)).has(axis))
        throw new LoopError('form', `the condition in the loop over ${axis} is not that of a split`);
      const left = isub(b, a.a);
      return [{ ...loop, end: iselect(ilt(left, int(size)), left, int(size)), body }];
    }),
});
