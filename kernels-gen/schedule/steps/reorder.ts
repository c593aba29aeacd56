/**
 * Exchanges the order of loops that contain each other and nothing else.
 *
 *     for i in 3:              for j in 4:
 *       for j in 4:     →        for i in 3:
 *         body                     body
 */
import { LoopError } from '../../loops/error.ts';
import { loopOver, replaceLoop } from '../../loops/rewrite.ts';
import type { Body, For } from '../../loops/type.ts';
import type { LoopStep } from './step.ts';

/** `axes` are the same loops in the new order, outermost first. */
export const reorder = (axes: readonly string[]): LoopStep => ({
  says: `reorder to ${axes.join(', ')}`,
  apply(kernel) {
    const nestOf = (outermost: string): readonly For[] => {
      const loops = [loopOver(kernel, outermost)];
      while (loops.length < axes.length) {
        const [only, ...others] = loops.at(-1)!.body;
        if (only?.k !== 'for' || others.length > 0 || !axes.includes(only.axis)) return [];
        loops.push(only);
      }
      return loops;
    };
    const loops = axes.map(nestOf).find((n) => n.length === axes.length);
    if (loops === undefined)
      throw new LoopError('form', `the loops over ${axes.join(', ')} do not contain each other`);
    const byAxis = new Map(loops.map((l) => [l.axis, l]));
    const body = axes.reduceRight<Body>(
      (inner, a) => [{ ...byAxis.get(a)!, body: inner }],
      loops.at(-1)!.body,
    );
    return replaceLoop(kernel, loops[0]!.axis, () => body);
  },
});
