/**
 * Prints an expression along the axis of a loop over a vector. What reads whole vectors of registers is printed at once:
 * printing its parts one by one, and finding that they are those of vectors, takes four times as long.
 */
import { int } from '../../compiler/primitives/build.ts';
import type { Expr } from '../../compiler/primitives/expr.ts';
import { rewriteExpr, substituteAxes } from '../../compiler/primitives/substitute.ts';
import { axesOf } from '../loops/perfect-nest.ts';
import { callText, INFIX } from '../wgsl/calls.ts';
import type { Emitter } from '../wgsl/emitter.ts';
import { type Joined, joined } from '../wgsl/together.ts';
import { PARTS, typeOf, VECTOR } from '../wgsl/vectors.ts';
import type { Registers } from './registers.ts';

/** The axis and the number of the parts of a vector. */
interface Along {
  readonly axis: string;
  readonly width: number;
  readonly registers: Registers;
}

/** WGSL for an expression as a vector along an axis, or as a number for a single part. */
export function vectorAlong(e: Emitter, expr: Expr, along: Along): string {
  const { text, wide } = valueAlong(e, expr, along);
  return wide || along.width === 1 ? text : `${typeOf('f32', along.width)}(${text})`;
}

function valueAlong(e: Emitter, expr: Expr, along: Along): Joined {
  const { axis, width, registers } = along;
  if (!axesOf(expr).has(axis)) return joined(e, [expr]);
  if (expr.k === 'load' && registers.hasVector(expr.arg, expr.index, axis)) {
    const first = expr.index.map((i) => (i.k === 'axis' && i.name === axis ? int(0) : i));
    const { text, depth } = e.element(expr.arg, first);
    const parts = width < VECTOR ? `.${PARTS.slice(0, width).join('')}` : '';
    return { text: text.replace(FIRST, `$1${parts}$2`), depth, atomic: true, wide: true };
  }
  if (expr.k === 'call' && INFIX.has(expr.fn)) {
    const args = expr.args.map((a) => valueAlong(e, a, along));
    if (args.some((a) => a.wide)) {
      const depth = Math.max(...args.map((a) => a.depth));
      const hoisted = args.map((a) => e.hoisted(a, depth, a.wide ? 'v' : 'f'));
      return { text: callText(expr.fn, hoisted), depth, atomic: false, wide: true };
    }
  }
  if (expr.k === 'select' && isOfVectors(expr, along)) {
    const cond = e.bool(expr.cond);
    const [then, otherwise] = [valueAlong(e, expr.then, along), valueAlong(e, expr.else, along)];
    const depth = Math.max(then.depth, otherwise.depth, e.depth);
    return { text: `select(${otherwise.text}, ${then.text}, ${cond})`, depth, atomic: true, wide: true };
  }
  const part = (n: number) => rewriteExpr(expr, substituteAxes(new Map([[axis, int(n)]])));
  return joined(
    e,
    Array.from({ length: width }, (_, n) => part(n)),
  );
}

/** Whether a selection has one condition for all parts, and vectors of registers as branches. */
const isOfVectors = ({ cond, ...s }: Expr & { readonly k: 'select' }, { axis, registers }: Along): boolean =>
  !axesOf(cond).has(axis) &&
  [s.then, s.else].every((b) => b.k === 'load' && registers.hasVector(b.arg, b.index, axis));

/** The first part of a vector, alone or as another lane has it. */
const FIRST = /^(.*)\.x((?:, \w+\))?)$/;
