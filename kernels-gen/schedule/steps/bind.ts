/**
 * Runs a loop's iterations in another way: in workgroups, in the invocations of a workgroup, unrolled, or hidden from the
 * driver. The order of iterations must not matter where they run at the same time, which the interpreter checks.
 *
 *     for o in 3:                 for o in 3 workgroup:
 *       for n in 64:      →         for n in 64 by invocation / 1:
 *         body                        body
 */
import { constantOf } from '../../../compiler/dims/dims.ts';
import { LoopError } from '../../loops/error.ts';
import { loopOver, replaceLoop } from '../../loops/rewrite.ts';
import type { How } from '../../loops/type.ts';
import type { LoopStep } from './step.ts';

export const bind = (axis: string, how: Exclude<How, 'invocation'>): LoopStep => ({
  says: `bind ${axis} to ${how}`,
  apply: (kernel) => replaceLoop(kernel, axis, (loop) => [{ ...loop, how }]),
});

/** Distributes a loop over the invocations of a workgroup, after the loops that are distributed already. */
export const bindInvocation = (axis: string): LoopStep => ({
  says: `bind ${axis} to invocations`,
  apply(kernel) {
    const { trips } = loopOver(kernel, axis);
    const extent = constantOf(trips.of);
    if (extent === undefined || trips.by !== 1)
      throw new LoopError('form', `the loop over ${axis} has no fixed number of iterations`);
    const bound = replaceLoop(kernel, axis, (loop) => [
      { ...loop, how: 'invocation', stride: kernel.threads },
    ]);
    return { ...bound, threads: kernel.threads * extent };
  },
});
