/**
 * Prints an expression along the axis of a loop over a vector at once, where it reads whole vectors of registers. Printing
 * its parts one by one, and finding that they are those of vectors, takes four times as long.
 */
import type { Expr } from '../../compiler/primitives/expr.ts';
import { axesOf } from '../loops/perfect-nest.ts';
import { callText, INFIX } from '../wgsl/calls.ts';
import type { Emitter } from '../wgsl/emitter.ts';
import { f32Literal } from '../wgsl/literal.ts';
import type { Value } from '../wgsl/value.ts';
import { PARTS, typeOf, VECTOR } from '../wgsl/vectors.ts';
import type { Registers } from './registers.ts';

/** The axis and the number of the parts of a vector. */
export interface Along {
  readonly axis: string;
  readonly width: number;
}

/** Whether an expression can be printed along an axis: what depends on the axis are vectors of registers, joined by operators. */
export function isAlong(expr: Expr, axis: string, registers: Registers): boolean {
  if (!axesOf(expr).has(axis)) return true;
  if (expr.k === 'load') return registers.hasVector(expr.arg, expr.index, axis);
  if (expr.k === 'call') return INFIX.has(expr.fn) && expr.args.every((a) => isAlong(a, axis, registers));
  if (expr.k !== 'select' || axesOf(expr.cond).has(axis)) return false;
  return [expr.then, expr.else].every((b) => axesOf(b).has(axis) && isAlong(b, axis, registers));
}

/** WGSL for an expression that `isAlong` an axis: a vector, or a number for a single part. */
export function vectorAlong(e: Emitter, expr: Expr, along: Along): string {
  const { text } = valueAlong(e, expr, along);
  return axesOf(expr).has(along.axis) || along.width === 1 ? text : `${typeOf('f32', along.width)}(${text})`;
}

function valueAlong(e: Emitter, expr: Expr, along: Along): Value {
  if (expr.k === 'const') return { text: f32Literal(expr.value), depth: 0, atomic: false };
  if (!axesOf(expr).has(along.axis)) {
    const { text, depth } = e.value(expr);
    return { text, depth, atomic: /^[\w.]+$/.test(text) };
  }
  switch (expr.k) {
    case 'load': {
      const first = expr.index.map((i): typeof i => (i.k === 'axis' && i.name === along.axis ? ZERO : i));
      const { text, depth } = e.element(expr.arg, first);
      const parts = along.width < VECTOR ? `.${PARTS.slice(0, along.width).join('')}` : '';
      return { text: text.replace(FIRST, `$1${parts}$2`), depth, atomic: true };
    }
    case 'call': {
      const args = expr.args.map((a) => valueAlong(e, a, along));
      const depth = Math.max(...args.map((a) => a.depth));
      const hoisted = args.map((a, n) =>
        e.hoisted(a, depth, axesOf(expr.args[n]!).has(along.axis) ? 'v' : 'f'),
      );
      return { text: callText(expr.fn, hoisted), depth, atomic: false };
    }
    case 'select': {
      const cond = e.bool(expr.cond);
      const [then, otherwise] = [valueAlong(e, expr.then, along), valueAlong(e, expr.else, along)];
      const depth = Math.max(then.depth, otherwise.depth, e.depth);
      return { text: `select(${otherwise.text}, ${then.text}, ${cond})`, depth, atomic: true };
    }
    default:
      throw new TypeError(`${expr.k} is no vector along ${along.axis}`);
  }
}

const ZERO = { k: 'int', value: 0 } as const;

/** The first part of a vector, alone or as another lane has it. */
const FIRST = /^(.*)\.x((?:, \w+\))?)$/;
