/**
 * Lets the invocations of a workgroup or subgroup wait for each other before they store the results, which replace what
 * others read.
 *
 *     acc += a[i]              acc += a[i]
 *     a[i] = acc       →       barrier
 *                              a[i] = acc
 */
import { LoopError } from '../../loops/error.ts';
import { inside } from '../../loops/rewrite.ts';
import type { Body, LoopKernel, Statement } from '../../loops/type.ts';
import type { LoopStep } from './step.ts';

export const wait = (scope: 'subgroup' | 'workgroup' = 'workgroup'): LoopStep => ({
  says: `wait for the ${scope} before the results are stored`,
  apply(kernel) {
    let isFound = false;
    const change = (block: Body): Body =>
      block.flatMap((s): Body => {
        const isHere = storesOutput(kernel, s);
        isFound ||= isHere;
        return isHere ? [{ k: 'barrier', scope }, s] : [inside(s, change)];
      });
    const body = change(kernel.body);
    if (!isFound) throw new LoopError('form', 'no statement stores a result');
    return { ...kernel, body };
  },
});

/** Whether a statement is a store to an output, alone or under conditions. */
function storesOutput(kernel: LoopKernel, s: Statement): boolean {
  if (s.k === 'if') return s.body.length === 1 && storesOutput(kernel, s.body[0]!);
  return s.k === 'store' && kernel.memories[s.to]!.space === 'output';
}
