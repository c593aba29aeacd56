/**
 * Adds products by fused multiply-adds, which round once.
 *
 *     acc += a * b      →      acc = fma(a, b, acc)
 */
import { LoopError } from '../../loops/error.ts';
import { inside } from '../../loops/rewrite.ts';
import type { Body, Statement } from '../../loops/type.ts';
import type { LoopStep } from './step.ts';

export const fuse: LoopStep = {
  says: 'fuse multiply-adds',
  apply(kernel) {
    let isFound = false;
    const change = (block: Body): Body =>
      block.map((s): Statement => {
        const isProduct =
          s.k === 'accumulate' && s.combine === 'sum' && s.value.k === 'call' && s.value.fn === 'mul';
        isFound ||= isProduct;
        return isProduct ? { ...s, fused: true } : inside(s, change);
      });
    const body = change(kernel.body);
    if (!isFound) throw new LoopError('form', 'no statement adds a product');
    return { ...kernel, body };
  },
};
