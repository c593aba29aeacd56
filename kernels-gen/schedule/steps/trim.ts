/**
 * Ends the inner loop of a split where the split's condition ends to hold. A split without a remainder has no condition.
 *
 *     for n in 4:                               for n in 4, ends at (10 - o * 4 if 10 - o * 4 < 4 else 4):
 *       if o * 4 + n < 10: f(o * 4 + n)    →      f(o * 4 + n)
 */
import { constantOf } from '../../../compiler/dims/dims.ts';
import { ilt, int, iselect, isub } from '../../../compiler/primitives/build.ts';
import { LoopError } from '../../loops/error.ts';
import { axesOf } from '../../loops/perfect-nest.ts';
import { replaceLoop } from '../../loops/rewrite.ts';
import type { LoopStep } from './step.ts';

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
