/** Prints integer operations that take more than one WGSL operator. */
import { equalPoly, polyConstant, type Ranges, subPoly } from '../../compiler/primitives/affine.ts';
import type { IntExpr } from '../../compiler/primitives/expr.ts';
import { polyOf } from '../../compiler/primitives/simplify.ts';
import { i32Literal } from './literal.ts';
import { paren, type Value } from './value.ts';

type Name = (text: string, depth: number) => Value;

const powerOfTwo = (n: number): boolean => Number.isInteger(Math.log2(n));

/** WGSL for the product of a coefficient and values. */
export const product = (coef: number, parts: readonly Value[]): string =>
  parts.reduce((text, v) => (text ? `${text} * ${v.text}` : v.text), coef === 1 ? '' : i32Literal(coef));

/** WGSL for ⌊a / by⌋ with a ≥ 0. */
export function quotient(a: Value, by: number, name: Name): Value {
  const text = powerOfTwo(by) ? `${paren(a)} >> ${Math.log2(by)}` : `i32(u32(${a.text}) / ${by}u)`;
  return name(text, a.depth);
}

/** WGSL for a mod by with a ≥ 0. */
export function remainder(a: Value, by: number, name: Name): Value {
  if (powerOfTwo(by)) return name(`${paren(a)} & ${by - 1}`, a.depth);
  const q = name(`i32(u32(${a.text}) / ${by}u)`, a.depth);
  return name(`${a.text} - ${q.text} * ${by}`, a.depth);
}

/** WGSL for ⌊√a⌋. A floating-point root may be off by one in either direction, which integers correct. */
export function squareRoot(a: Value, name: Name): Value {
  const root = name(`i32(sqrt(f32(${a.text})))`, a.depth);
  const low = name(`${root.text} - i32(${root.text} * ${root.text} > ${a.text})`, a.depth);
  return name(`${low.text} + i32((${low.text} + 1) * (${low.text} + 1) <= ${a.text})`, a.depth);
}

/** Whether a selection is the smaller one of its integers: of a and b − 1, or b, where a < b is its condition. */
export function isLeast(
  { cond, then, else: otherwise }: IntExpr & { readonly k: 'iselect' },
  ranges: Ranges,
): boolean {
  if (cond.k !== 'ilt') return false;
  const over = subPoly(polyOf(cond.b, ranges), polyOf(otherwise, ranges));
  return equalPoly(polyOf(cond.a, ranges), polyOf(then, ranges)) && [0, 1].includes(polyConstant(over) ?? -1);
}
