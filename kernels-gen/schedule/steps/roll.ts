/**
 * Hides the lengths of all loops that run one by one, because a driver that unrolls many loops compiles for seconds.
 *
 *     for i in 16:        for i in 16 opaque:
 *       body         →      body
 */
import { inside } from '../../loops/rewrite.ts';
import type { Body } from '../../loops/type.ts';
import type { LoopStep } from './step.ts';

export const roll: LoopStep = {
  says: 'bind all serial loops to opaque',
  apply(kernel) {
    const change = (block: Body): Body =>
      block.map((s) =>
        s.k === 'for' && s.how === 'serial' ? inside({ ...s, how: 'opaque' }, change) : inside(s, change),
      );
    return { ...kernel, body: change(kernel.body) };
  },
};
