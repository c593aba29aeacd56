/**
 * Splits a loop into an outer and an inner one, which has `by` iterations. The last outer iteration may have too many,
 * which a condition leaves out.
 *
 *     for i in 10:           for o in ⌈10 / 4⌉:
 *       body          →        for n in 4:
 *                                if o * 4 + n < 10:
 *                                  let i = o * 4 + n
 *                                  body
 */
import { constantOf, dimConst } from '../../../compiler/dims/dims.ts';
import { extentOf as sizeOf } from '../../../compiler/primitives/build.ts';
import type { IntExpr } from '../../../compiler/primitives/expr.ts';
import { LoopError } from '../../loops/error.ts';
import { replaceLoop } from '../../loops/rewrite.ts';
import { type Body, loop, trips } from '../../loops/type.ts';
import { requireWhole } from './require.ts';
import type { LoopStep } from './step.ts';

export const split = (axis: string, by: number, outer: string, inner: string): LoopStep => ({
  says: `split ${axis} by ${by} into ${outer}, ${inner}`,
  apply: (kernel) =>
    replaceLoop(kernel, axis, (whole) => {
      requireWhole(whole);
      if (whole.trips.by !== 1) throw new LoopError('form', `the loop over ${axis} is split already`);
      const extent = whole.trips.of;
      const place: IntExpr = {
        ...{ k: 'iadd', b: { k: 'axis', name: inner } },
        a: { k: 'imul', a: { k: 'axis', name: outer }, b: { k: 'int', value: by } },
      };
      const named: Body = [{ k: 'let', name: axis, value: place, extent }, ...whole.body];
      const fixed = constantOf(extent);
      const divides = by === 1 || (fixed !== undefined && fixed % by === 0);
      const body: Body = divides
        ? named
        : [{ k: 'if', cond: { k: 'ilt', a: place, b: sizeOf(extent) }, body: named }];
      const within: Body = [loop(inner, by, 'serial', body)];
      const outside = by > 1 && divides ? trips(dimConst(fixed! / by)) : trips(extent, by);
      return [{ k: 'for', axis: outer, trips: outside, how: 'serial', body: within }];
    }),
});
