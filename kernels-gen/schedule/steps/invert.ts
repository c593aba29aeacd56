/**
 * Finds the iterations that go to an element, where the element's place tells them, instead of searching for them.
 *
 *     for k in 3:                   if o < 3:
 *       if k == o:         →          let n = o
 *         acc += b[k]                 let (k) = digits of n
 *                                     acc += b[k]
 */
import { equalDim } from '../../../compiler/dims/dims.ts';
import { rangesOf } from '../../../compiler/primitives/affine.ts';
import { ax, ilt, extentOf as sizeOf } from '../../../compiler/primitives/build.ts';
import type { IntExpr } from '../../../compiler/primitives/expr.ts';
import type { Axis } from '../../../compiler/primitives/prim.ts';
import { polyOf } from '../../../compiler/primitives/simplify.ts';
import { mixedRadix } from '../../../compiler/primitives/substitute.ts';
import { count } from '../../fuse/axes.ts';
import { LoopError } from '../../loops/error.ts';
import { inside } from '../../loops/rewrite.ts';
import type { Body } from '../../loops/type.ts';
import type { LoopStep } from './step.ts';

/** The axes whose digits a place is; undefined where it is something else. */
export const digitsAt = (place: IntExpr, axes: readonly Axis[]): readonly Axis[] | undefined =>
  mixedRadix(polyOf(place, rangesOf(axes)), axes);

/** Removes the loops over `digits`, which a condition compares with the axis `place` of size `extent`. */
export const invert = (place: Axis, digits: readonly Axis[]): LoopStep => ({
  says: `invert ${place.name} into ${digits.map((a) => a.name).join(', ') || 'nothing'}`,
  apply(kernel) {
    const names = new Set(digits.map((a) => a.name));
    const span = count(digits);
    let isFound = false;
    const without = (block: Body): Body =>
      block.flatMap((s) => {
        if (s.k === 'for' && names.has(s.axis)) return without(s.body);
        if (s.k !== 'if' || s.cond.k !== 'ieq' || s.cond.b.k !== 'axis' || s.cond.b.name !== place.name)
          return [inside(s, without)];
        isFound = true;
        return without(s.body);
      });
    const change = (block: Body): Body =>
      block.flatMap((s) => {
        const isOutermost = digits.length === 0 ? isTest(s, place) : s.k === 'for' && names.has(s.axis);
        if (!isOutermost) return [inside(s, change)];
        const found = `${place.name}_of_${digits.length}`;
        const body: Body = [
          { k: 'let', name: found, value: ax(place.name), extent: span },
          { k: 'digits', axes: digits, of: ax(found) },
          ...without([s]),
        ];
        if (equalDim(span, place.extent)) return body;
        return [{ k: 'if', cond: ilt(ax(place.name), sizeOf(span)), body }];
      });
    const body = change(kernel.body);
    if (!isFound) throw new LoopError('form', `no condition compares an index with ${place.name}`);
    return { ...kernel, body };
  },
});

const isTest = (s: Body[number], place: Axis): boolean =>
  s.k === 'if' && s.cond.k === 'ieq' && s.cond.b.k === 'axis' && s.cond.b.name === place.name;
