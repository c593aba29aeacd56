/**
 * Lets the invocations of a workgroup wait for each other before they store the results, which replace what others read.
 *
 *     acc += a[i]              acc += a[i]
 *     a[i] = acc       →       barrier
 *                              a[i] = acc
 */
import { LoopError } from '../../loops/error.ts';
import { inside } from '../../loops/rewrite.ts';
import type { Body, LoopKernel, Statement } from '../../loops/type.ts';
import type { LoopStep } from './step.ts';

export const wait: LoopStep = {
  says: 'wait before the results are stored',
  apply(kernel) {
    let isFound = false;
    const change = (block: Body): Body =>
      block.flatMap((s): Body => {
        const isHere = storesOutput(kernel, s) && !(s.k === 'for' || s.k === 'if');
        isFound ||= isHere;
        return isHere ? [{ k: 'barrier', scope: 'workgroup' }, s] : [inside(s, change)];
      });
    const body = change(kernel.body);
    if (!isFound) throw new LoopError('form', 'no statement stores a result');
    return { ...kernel, body };
  },
};

const storesOutput = ({ memories }: LoopKernel, s: Statement): boolean =>
  (s.k === 'store' || s.k === 'accumulate') && memories[s.to]!.space === 'output';
