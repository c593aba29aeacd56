/**
 * Runs a loop's iterations in another way: in workgroups, in the invocations of a workgroup, or unrolled. The
 * order of iterations must not matter where they run at the same time, which the interpreter checks.
 *
 *     for o in 3:                 for o in 3 workgroup:
 *       for n in 64:      →         for n in 64 by invocation / 1:
 *         body                        body
 */
import { LoopError } from '../../loops/error.ts';
import { loopOver, replaceLoop } from '../../loops/rewrite.ts';
import type { Body, How } from '../../loops/type.ts';
import { fixedSize } from './require.ts';
import type { LoopStep } from './step.ts';

export const bind = (axis: string, how: Exclude<How, 'invocation'>): LoopStep => ({
  says: `bind ${axis} to ${how}`,
  apply(kernel) {
    const bound = replaceLoop(kernel, axis, (loop) => [{ ...loop, how }]);
    return how === 'workgroup' ? { ...bound, body: outermost(bound.body, axis) } : bound;
  },
});

/** The statements with names that stand before a loop over workgroups moved into it. */
function outermost(block: Body, axis: string): Body {
  const last = block.at(-1);
  const names = block.slice(0, -1);
  if (last?.k !== 'for' || !names.every((s) => s.k === 'let' || s.k === 'digits')) return block;
  if (last.axis === axis) return [{ ...last, body: [...names, ...last.body] }];
  return [...names, { ...last, body: outermost(last.body, axis) }];
}

/** Distributes a loop over the invocations of a workgroup, after the loops that are distributed already. */
export const bindInvocation = (axis: string): LoopStep => ({
  says: `bind ${axis} to invocations`,
  apply(kernel) {
    const size = fixedSize(loopOver(kernel, axis));
    const bound = replaceLoop(kernel, axis, (loop) => [
      { ...loop, how: 'invocation', stride: kernel.threads },
    ]);
    return { ...bound, threads: kernel.threads * size };
  },
});

/** Distributes a loop inside distributed ones over all invocations of the workgroup again, one iteration each. */
export const rebind = (axis: string): LoopStep => ({
  says: `bind ${axis} to all invocations again`,
  apply(kernel) {
    if (fixedSize(loopOver(kernel, axis)) !== kernel.threads)
      throw new LoopError('form', `the loop over ${axis} has not ${kernel.threads} iterations`);
    return replaceLoop(kernel, axis, (loop) => [{ ...loop, how: 'invocation', stride: 1 }]);
  },
});
