/**
 * Simplifies index arithmetic by the ranges of the axes. The value stays the same for all axis values in range where
 * the original is defined, that is, where all divisions are of non-negative values.
 */
import { addQ, eqQ, isZeroQ, mulQ, negQ, ONE } from '../dims/rational.ts';
import {
  addPoly,
  atomPoly,
  constPoly,
  divPoly,
  expand,
  fromPoly,
  keyOf,
  modPoly,
  mulPoly,
  type Poly,
  polyConstant,
  type Ranges,
  rangePoly,
  recombine,
  subPoly,
} from './affine.ts';
import type { BoolExpr, Expr, IntExpr } from './expr.ts';

/** The normal form of an integer expression. */
export const polyOf = (e: IntExpr, ranges: Ranges): Poly => recombine(ring(e, ranges), ranges);
/**
 * The expressions that `simplifyInt` gave. They are not simplified again, in whatever body they stand: an axis has one
 * range under its name.
 */
const normal = new WeakSet<IntExpr>();

export function simplifyInt(e: IntExpr, ranges: Ranges): IntExpr {
  if (e.k === 'int' || normal.has(e)) return e;
  const simple = fromPoly(polyOf(e, ranges));
  normal.add(simple);
  return simple;
}

function ring(e: IntExpr, ranges: Ranges): Poly {
  switch (e.k) {
    case 'axis':
    case 'int':
    case 'extent':
      return expand(e, ranges);
    case 'iadd':
      return addPoly(ring(e.a, ranges), ring(e.b, ranges));
    case 'isub':
      return subPoly(ring(e.a, ranges), ring(e.b, ranges));
    case 'imul':
      return mulPoly(ring(e.a, ranges), ring(e.b, ranges));
    case 'idiv':
      return divPoly(polyOf(e.a, ranges), e.by, ranges);
    case 'imod':
      return modPoly(polyOf(e.a, ranges), e.by, ranges);
    case 'isqrt': {
      const a = polyOf(e.a, ranges);
      const value = polyConstant(a);
      // The value is negative only for the packed triangle of an empty matrix, which has no elements.
      return value === undefined
        ? atomPoly({ k: 'isqrt', a: fromPoly(a) })
        : constPoly(Math.floor(Math.sqrt(Math.max(0, value))));
    }
    case 'iload':
      return atomPoly({ k: 'iload', arg: e.arg, index: e.index.map((i) => simplifyInt(i, ranges)) });
    case 'iselect': {
      const cond = simplifyBool(e.cond, ranges);
      if (typeof cond === 'boolean') return ring(cond ? e.then : e.else, ranges);
      const [then, other] = [simplifyInt(e.then, ranges), simplifyInt(e.else, ranges)];
      if (keyOf(then) === keyOf(other)) return expand(then, ranges);
      return atomPoly({ k: 'iselect', cond, then, else: other });
    }
    default:
      throw new TypeError(`unknown integer expression ${e satisfies never}`);
  }
}

/** The condition in normal form, or its value where the ranges decide it. */
export function simplifyBool(e: BoolExpr, ranges: Ranges): BoolExpr | boolean {
  switch (e.k) {
    case 'ilt':
    case 'ieq': {
      const difference = recombine(subPoly(ring(e.b, ranges), ring(e.a, ranges)), ranges);
      const r = rangePoly(difference, ranges);
      if (e.k === 'ilt' && r.lo > 0) return true;
      if (e.k === 'ilt' && r.hi <= 0) return false;
      if (e.k === 'ieq' && (r.lo > 0 || r.hi < 0)) return false;
      if (e.k === 'ieq' && polyConstant(difference) === 0) return true;
      return { k: e.k, a: simplifyInt(e.a, ranges), b: simplifyInt(e.b, ranges) };
    }
    case 'flt':
      return { k: 'flt', a: simplifyExpr(e.a, ranges), b: simplifyExpr(e.b, ranges) };
    case 'and':
    case 'or': {
      const [a, b] = [simplifyBool(e.a, ranges), simplifyBool(e.b, ranges)];
      const absorbing = e.k === 'or';
      if (a === absorbing || b === absorbing) return absorbing;
      if (typeof a === 'boolean') return b;
      if (typeof b === 'boolean') return a;
      return { k: e.k, a, b };
    }
    case 'not': {
      const a = simplifyBool(e.a, ranges);
      return typeof a === 'boolean' ? !a : { k: 'not', a };
    }
    default:
      throw new TypeError(`unknown condition ${e satisfies never}`);
  }
}

/** The expression with indices and conditions in normal form, and sums and products of constants folded exactly. */
export function simplifyExpr(e: Expr, ranges: Ranges): Expr {
  switch (e.k) {
    case 'const':
      return e;
    case 'fromInt':
      return { k: 'fromInt', a: simplifyInt(e.a, ranges) };
    case 'load':
      return { k: 'load', arg: e.arg, index: e.index.map((i) => simplifyInt(i, ranges)) };
    case 'select': {
      const cond = simplifyBool(e.cond, ranges);
      if (typeof cond === 'boolean') return simplifyExpr(cond ? e.then : e.else, ranges);
      const [then, other] = [simplifyExpr(e.then, ranges), simplifyExpr(e.else, ranges)];
      return keyOf(then) === keyOf(other) ? then : { k: 'select', cond, then, else: other };
    }
    case 'call':
      return fold({ k: 'call', fn: e.fn, args: e.args.map((a) => simplifyExpr(a, ranges)) });
    default:
      throw new TypeError(`unknown expression ${e satisfies never}`);
  }
}

function fold(e: Expr & { k: 'call' }): Expr {
  const [a, b] = e.args;
  if (a === undefined) return e;
  const [x, y] = [a.k === 'const' ? a.value : undefined, b?.k === 'const' ? b.value : undefined];
  switch (e.fn) {
    case 'neg':
      return x ? { k: 'const', value: negQ(x) } : e;
    case 'add':
      if (x && y) return { k: 'const', value: addQ(x, y) };
      return x && isZeroQ(x) ? b! : y && isZeroQ(y) ? a : e;
    case 'sub':
      if (x && y) return { k: 'const', value: addQ(x, negQ(y)) };
      return y && isZeroQ(y) ? a : e;
    case 'mul':
      if (x && y) return { k: 'const', value: mulQ(x, y) };
      return x && eqQ(x, ONE) ? b! : y && eqQ(y, ONE) ? a : e;
    default:
      return e;
  }
}
