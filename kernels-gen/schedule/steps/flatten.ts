/**
 * Makes one loop of several that contain each other and nothing else but names and conditions. The axes become digits of
 * the new one.
 *
 *     for i in 3:              for n in 12:
 *       for j in 4:     →        let (i, j) = digits of n
 *         body                   body
 */
import type { Dim } from '../../../compiler/dims/dims.ts';
import { ax } from '../../../compiler/primitives/build.ts';
import { count } from '../../fuse/axes.ts';
import { nested } from '../../loops/perfect-nest.ts';
import { replaceLoop } from '../../loops/rewrite.ts';
import { type Body, type For, trips } from '../../loops/type.ts';
import { iterations } from './registers.ts';
import { nestOver, requireWhole } from './require.ts';
import type { LoopStep } from './step.ts';

/** Joins loops from the outermost `axes[0]` inwards. Without axes, it puts `around` in a loop of one iteration. */
export const flatten = (axes: readonly string[], into: string): LoopStep => ({
  says: `flatten ${axes.join(', ') || 'nothing'} into ${into}`,
  apply(kernel) {
    const [outermost] = axes;
    if (outermost === undefined) return { ...kernel, body: around(kernel.body, into) };
    const nest = nestOver(kernel, axes);
    for (const l of nest.loops) requireWhole(l);
    const digits = nest.loops.map((l) => ({ name: l.axis, extent: extentOf(l) }));
    const loop: For = { k: 'for', axis: into, trips: trips(count(digits)), how: 'serial', body: [] };
    const head = { k: 'digits', axes: digits, of: ax(into) } as const;
    return replaceLoop(kernel, outermost, () =>
      nested({ ...nest, loops: [loop], heads: [head, ...nest.heads] }),
    );
  },
});

/** Statements in a loop of one iteration, which stands inside of loops over workgroups. */
function around(body: Body, into: string): Body {
  const [only, ...others] = body;
  if (only?.k === 'for' && only.how === 'workgroup' && others.length === 0)
    return [{ ...only, body: around(only.body, into) }];
  return [{ k: 'for', axis: into, trips: trips(count([])), how: 'serial', body }];
}

/** The number of iterations of a loop, which is fixed where they are blocks. */
const extentOf = (loop: For): Dim => (loop.trips.by === 1 ? loop.trips.of : iterations(loop));
