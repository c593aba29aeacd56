/** Requirements of steps on kernels and loops. Each function throws LoopError where its requirement does not hold. */
import { constantOf } from '../../../compiler/dims/dims.ts';
import { LoopError } from '../../loops/error.ts';
import { nestOf, type PerfectNest } from '../../loops/perfect-nest.ts';
import { loopOver } from '../../loops/rewrite.ts';
import type { For, LoopKernel } from '../../loops/type.ts';

/** Requires that no loop is distributed over the invocations of a workgroup yet. */
export function requireUnused({ threads }: LoopKernel): void {
  if (threads !== 1) throw new LoopError('form', 'the invocations of the workgroup are in use');
}

/** Requires a serial loop without bounds of its own. */
export function requireWhole({ axis, how, from, end }: For): void {
  if (how !== 'serial' || from || end)
    throw new LoopError('form', `the loop over ${axis} is not serial, or has bounds of its own`);
}

/** The number of iterations of a loop that runs through a whole known size. */
export function fixedSize({ axis, trips: { of, by } }: For): number {
  const size = constantOf(of);
  if (size === undefined || by !== 1)
    throw new LoopError('form', `the loop over ${axis} has no fixed number of iterations`);
  return size;
}

/** The number of a serial loop's iterations, from 0 through a whole known size. */
export function wholeSize(loop: For): number {
  requireWhole(loop);
  return fixedSize(loop);
}

/** The number of lanes that a loop counts: its iterations are neighbouring invocations of a workgroup. */
export function lanesAlong(kernel: LoopKernel, lane: string): number {
  const loop = loopOver(kernel, lane);
  if (loop.how !== 'invocation' || (loop.stride ?? 1) !== 1)
    throw new LoopError('form', `the loop over ${lane} does not count lanes`);
  return fixedSize(loop);
}

/** Requires a loop that counts all invocations of a workgroup. */
export function requireAll(kernel: LoopKernel, thread: string): void {
  if (lanesAlong(kernel, thread) !== kernel.threads)
    throw new LoopError('form', `the loop over ${thread} does not count all invocations`);
}

/** The nest of loops over `axes`, which contain each other in this order. */
export function nestOver(kernel: LoopKernel, axes: readonly string[]): PerfectNest {
  const nest = nestOf(loopOver(kernel, axes[0]!), new Set(axes));
  if (nest === undefined || nest.loops.some((l, n) => l.axis !== axes[n]))
    throw new LoopError('form', `the loops over ${axes.join(', ')} do not contain each other in this order`);
  return nest;
}
