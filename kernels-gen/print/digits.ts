/** Names of integers that copies of statements share: equal ones are computed once, in the outermost scope. */
import { constantOf } from '../../compiler/dims/dims.ts';
import type { IntExpr } from '../../compiler/primitives/expr.ts';
import type { Axis } from '../../compiler/primitives/prim.ts';
import { visit } from '../../compiler/primitives/visit.ts';
import type { Emitter } from '../wgsl/emitter.ts';
import type { Value } from '../wgsl/value.ts';

/** A value that copies share: a name, or an expression that gets one. */
export const computedOnce = (e: Emitter, { text, depth }: Pick<Value, 'text' | 'depth'>): Value =>
  /^\w+$/.test(text) ? { text, depth, atomic: true } : e.name(text, depth);

/** Defines axes as the digits of a row-major position over them. */
export function sharedDigits(e: Emitter, axes: readonly Axis[], position: Value): void {
  let rest = position;
  for (const [d, { name, extent }] of [...axes.entries()].reverse()) {
    if ((constantOf(extent) ?? Infinity) <= 1) {
      e.alias(name, { text: '0', depth: 0, atomic: true }, extent);
    } else if (d === 0) {
      e.alias(name, rest, extent);
    } else {
      const size = e.size(extent);
      const shift = Math.log2(Number(size));
      const quotient = Number.isInteger(shift)
        ? `${rest.text} >> ${shift}`
        : `i32(u32(${rest.text}) / u32(${size}))`;
      const whole = e.name(quotient, rest.depth);
      e.alias(name, e.name(`${rest.text} - ${whole.text} * ${size}`, rest.depth), extent);
      rest = whole;
    }
  }
}

/** Whether an address can take an expression in, because it has no selection, no root and no load. */
export function isPlain(e: IntExpr): boolean {
  let isIt = true;
  visit(e, (x) => {
    isIt &&= x.k !== 'iselect' && x.k !== 'iload' && x.k !== 'isqrt';
  });
  return isIt;
}
