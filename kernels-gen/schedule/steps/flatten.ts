/**
 * Makes one loop of several that contain each other and nothing else. The axes become digits of the new one.
 *
 *     for i in 3:              for n in 12:
 *       for j in 4:     →        let (i, j) = digits of n
 *         body                   body
 */
import { constantOf } from '../../../compiler/dims/dims.ts';
import { count } from '../../fuse/axes.ts';
import { LoopError } from '../../loops/error.ts';
import { loopOver, replaceLoop } from '../../loops/rewrite.ts';
import { type For, trips } from '../../loops/type.ts';
import type { LoopStep } from './step.ts';

/** Joins loops from the outermost `axes[0]` inwards. Without axes, it puts `around` in a loop of one iteration. */
export const flatten = (axes: readonly string[], into: string): LoopStep => ({
  says: `flatten ${axes.join(', ') || 'nothing'} into ${into}`,
  apply(kernel) {
    const [outermost] = axes;
    if (outermost === undefined)
      return {
        ...kernel,
        body: [{ k: 'for', axis: into, trips: trips(count([])), how: 'serial', body: kernel.body }],
      };
    let innermost = loopOver(kernel, outermost);
    const loops = [innermost];
    for (const axis of axes.slice(1)) {
      const [only, ...others] = innermost.body;
      if (only?.k !== 'for' || only.axis !== axis || others.length > 0)
        throw new LoopError(
          'form',
          `the loop over ${axis} is not all that the loop over ${innermost.axis} contains`,
        );
      innermost = only;
      loops.push(only);
    }
    for (const l of loops)
      if (l.how !== 'serial' || l.from)
        throw new LoopError('form', `the loop over ${l.axis} is not serial from 0`);
    const digits = loops.map((l) => ({ name: l.axis, extent: extentOf(l) }));
    return replaceLoop(kernel, outermost, () => [
      {
        ...{ k: 'for', axis: into, trips: trips(count(digits)), how: 'serial' },
        body: [{ k: 'digits', axes: digits, of: { k: 'axis', name: into } }, ...innermost.body],
      },
    ]);
  },
});

/** The number of iterations of a loop, where it is a size. */
export function extentOf({ axis, trips: { of, by } }: For) {
  if (by === 1) return of;
  const fixed = constantOf(of);
  if (fixed === undefined) throw new LoopError('form', `the loop over ${axis} has no size`);
  return trips(of, by).of;
}
