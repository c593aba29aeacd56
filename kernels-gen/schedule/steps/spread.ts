/**
 * Spreads loops over the invocations of a workgroup: each takes every `threads`-th iteration, and a barrier follows each
 * loop that other statements come after.
 *
 *     for k in 3:                     for n in 2 by invocation:
 *       for j in k, … < 5:     →        for k in 3:
 *         body                            for j in k + n, 2 more, … < 5:
 *                                           body
 *                                         barrier
 *
 * A loop of `threads` iterations from 0 gives each invocation one of them.
 */
import { constantOf } from '../../../compiler/dims/dims.ts';
import { ax, iadd } from '../../../compiler/primitives/build.ts';
import { substituteAxes } from '../../../compiler/primitives/substitute.ts';
import { LoopError } from '../../loops/error.ts';
import { boundsOf } from '../../loops/expressions.ts';
import { inside, loopOver, replaceLoop, rewriteBlock } from '../../loops/rewrite.ts';
import { type Body, loop } from '../../loops/type.ts';
import { requireUnused } from './require.ts';
import type { LoopStep } from './step.ts';

interface Spreading {
  /** The number of invocations of a workgroup, and the name of the loop over them. */
  readonly threads: number;
  readonly as: string;
  /** The loops without a barrier after them: others follow that touch other elements, or nothing does. */
  readonly free?: readonly string[];
}

/** Spreads the loops over `axes`, which lie in the loop over `around`. */
export const spread = (
  axes: readonly string[],
  around: string,
  { threads, as, free = [] }: Spreading,
): LoopStep => ({
  says: `spread ${axes.join(', ')} over ${threads} invocations ${as}`,
  apply(kernel) {
    requireUnused(kernel);
    for (const axis of axes)
      if ((loopOver(kernel, axis).from?.step ?? 1) !== 1)
        throw new LoopError('form', `the loop over ${axis} has steps`);
    const found = new Set<string>();
    const change = (body: Body): Body =>
      body.flatMap((s): Body => {
        if (s.k !== 'for' || !axes.includes(s.axis)) return [inside(s, change)];
        found.add(s.axis);
        const start = s.from ? iadd(s.from.value, ax(as)) : ax(as);
        const isOne = boundsOf(s).length === 0 && s.trips.by === 1 && constantOf(s.trips.of) === threads;
        const loop: Body = isOne
          ? rewriteBlock(s.body, substituteAxes(new Map([[s.axis, ax(as)]])))
          : [{ ...s, from: { value: start, step: threads } }];
        return free.includes(s.axis) ? loop : [...loop, { k: 'barrier', scope: 'workgroup' }];
      });
    const distributed = replaceLoop(kernel, around, (outer) => [
      {
        ...outer,
        body: [loop(as, threads, 'invocation', change(outer.body))],
      },
    ]);
    for (const axis of axes)
      if (!found.has(axis))
        throw new LoopError('form', `the loop over ${axis} is not in the loop over ${around}`);
    return { ...distributed, threads };
  },
});
