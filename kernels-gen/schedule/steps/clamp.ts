/**
 * Lets the iterations that a split's condition leaves out compute the last element again, and store nothing. All
 * invocations then run the same statements, as barriers need.
 *
 *     if o * 4 + n < 10:                 let i = (o * 4 + n if o * 4 + n < 10 else 9)
 *       let i = o * 4 + n       →        x = a[i]
 *       x = a[i]                         if o * 4 + n < 10:
 *       out[i] = x                         out[i] = x
 */
import { int, iselect, isub, extentOf as sizeOf } from '../../../compiler/primitives/build.ts';
import type { BoolExpr } from '../../../compiler/primitives/expr.ts';
import { LoopError } from '../../loops/error.ts';
import { isWrite } from '../../loops/expressions.ts';
import { inside } from '../../loops/rewrite.ts';
import type { Body, LoopKernel, Statement } from '../../loops/type.ts';
import type { LoopStep } from './step.ts';

export const clamp = (axis: string): LoopStep => ({
  says: `clamp ${axis}`,
  apply(kernel) {
    const change = (block: Body): Body =>
      block.flatMap((s) => {
        const [named, ...rest] = s.k === 'if' ? s.body : [];
        if (s.k !== 'if' || named?.k !== 'let' || named.name !== axis) return [inside(s, change)];
        const last = isub(sizeOf(named.extent), int(1));
        const value = iselect(s.cond, named.value, last);
        return [{ ...named, value }, ...guarded(kernel, rest, s.cond)];
      });
    const body = change(kernel.body);
    // A split without a remainder leaves nothing to clamp.
    if (!isNamed(kernel, axis)) throw new LoopError('form', `${axis} is not split`);
    return { ...kernel, body };
  },
});

/** The statements with each store that others see, and each loop of such stores, under a condition. */
const guarded = (kernel: LoopKernel, block: Body, cond: BoolExpr): Body =>
  block.map((s) =>
    s.k !== 'if' && storesResults(kernel, s)
      ? { k: 'if', cond, body: [s] }
      : inside(s, (b) => guarded(kernel, b, cond)),
  );

/** Whether a statement does nothing but store where others see it. */
const storesResults = (kernel: LoopKernel, s: Statement): boolean =>
  s.k === 'for' || s.k === 'if'
    ? s.body.every((b) => b.k === 'let' || b.k === 'digits' || storesResults(kernel, b))
    : isWrite(s) && kernel.memories[s.to]!.space !== 'register';

function isNamed(kernel: LoopKernel, axis: string): boolean {
  const has = (block: Body): boolean =>
    block.some((s) => (s.k === 'let' && s.name === axis) || ((s.k === 'for' || s.k === 'if') && has(s.body)));
  return has(kernel.body);
}
