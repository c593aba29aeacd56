/**
 * Exchanges the order of loops that contain each other and nothing else but names and conditions.
 *
 *     for i in 3:                    for j in 4:
 *       let x = i + 1                  for i in 3:
 *       for j in 4:          →           let x = i + 1
 *         body                           body
 */
import { LoopError } from '../../loops/error.ts';
import { nested, nestOf } from '../../loops/perfect-nest.ts';
import { loopOver, replaceLoop } from '../../loops/rewrite.ts';
import type { LoopStep } from './step.ts';

/** `axes` are the same loops in the new order, outermost first. */
export const reorder = (axes: readonly string[]): LoopStep => ({
  says: `reorder to ${axes.join(', ')}`,
  apply(kernel) {
    const wanted = new Set(axes);
    const nest = axes.map((a) => nestOf(loopOver(kernel, a), wanted)).find((n) => n !== undefined);
    if (nest === undefined)
      throw new LoopError('form', `the loops over ${axes.join(', ')} do not contain each other`);
    const loops = axes.map((a) => nest.loops.find((l) => l.axis === a)!);
    return replaceLoop(kernel, nest.loops[0]!.axis, () => nested({ ...nest, loops }));
  },
});
