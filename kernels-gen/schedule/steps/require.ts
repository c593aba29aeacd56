/** What steps require of kernels and loops. Each function throws LoopError where that is not so. */
import { constantOf } from '../../../compiler/dims/dims.ts';
import { LoopError } from '../../loops/error.ts';
import type { For, LoopKernel } from '../../loops/type.ts';

/** Requires that no loop is distributed over the invocations of a workgroup yet. */
export function requireUnused({ threads }: LoopKernel): void {
  if (threads !== 1) throw new LoopError('form', 'the invocations of the workgroup are in use');
}

/** Requires a loop that runs one by one from 0 to its number of iterations. */
export function requireWhole({ axis, how, from, end }: For): void {
  if (how !== 'serial' || from || end)
    throw new LoopError('form', `the loop over ${axis} is not serial from 0`);
}

/** The number of iterations of a loop that runs through a whole known size. */
export function fixedSize({ axis, trips: { of, by } }: For): number {
  const size = constantOf(of);
  if (size === undefined || by !== 1)
    throw new LoopError('form', `the loop over ${axis} has no fixed number of iterations`);
  return size;
}
