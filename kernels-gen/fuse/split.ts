/**
 * Axes split into digits where an index takes them apart: i in idiv(i, c) and imod(i, c) is c·hi + lo. A permuted
 * operand then has a strided index and no division, and the row-major order of results is the same.
 */
import { constantOf, type Dim, dimConst, divDim } from '../../compiler/ir/dims.ts';
import { ax, iadd, imul, int } from '../../compiler/primitives/build.ts';
import type { BoolExpr, Expr, IntExpr } from '../../compiler/primitives/expr.ts';
import type { Axis, ContractionPrim, MapPrim, ReducePrim } from '../../compiler/primitives/prim.ts';
import {
  expressionsOf,
  loopAxes,
  rewritePrim,
  simplifyPrim,
  substituteAxes,
} from '../../compiler/primitives/substitute.ts';

type Loops = ContractionPrim | MapPrim | ReducePrim;

interface Division {
  readonly axis: Axis;
  /** How often `by` goes into the axis. */
  readonly high: Dim;
  readonly by: number;
}

/** The first axis divided by a part of its extent. */
function divided(e: Expr | IntExpr | BoolExpr, axes: readonly Axis[]): Division | undefined {
  switch (e.k) {
    case 'idiv':
    case 'imod': {
      const { a, by } = e;
      const axis = a.k === 'axis' ? axes.find((x) => x.name === a.name) : undefined;
      const high = axis && by > 1 ? divDim(axis.extent, dimConst(by)) : undefined;
      const whole = high?.terms.every((t) => t.coef.den === 1n);
      return axis && high && whole && constantOf(high) !== 1 ? { axis, high, by } : divided(a, axes);
    }
    case 'load':
    case 'iload':
      return first(e.index, axes);
    case 'iadd':
    case 'isub':
    case 'imul':
    case 'ilt':
    case 'ieq':
    case 'flt':
    case 'and':
    case 'or':
      return first([e.a, e.b], axes);
    case 'not':
    case 'fromInt':
    case 'isqrt':
      return divided(e.a, axes);
    case 'select':
    case 'iselect':
      return first([e.cond, e.then, e.else], axes);
    case 'call':
      return first(e.args, axes);
    case 'axis':
    case 'int':
    case 'extent':
    case 'const':
      return undefined;
    default:
      throw new TypeError(`unknown expression ${e satisfies never}`);
  }
}

function first(all: readonly (Expr | IntExpr | BoolExpr)[], axes: readonly Axis[]): Division | undefined {
  for (const e of all) {
    const found = divided(e, axes);
    if (found) return found;
  }
  return undefined;
}

/** No kernel counts through more. */
const MAX_AXES = 10;

/** `also`: expressions over the primitive's axes, beside its own, that are to be rid of divisions. */
export function splitAxes<P extends Loops>(prim: P, also: (p: P) => Iterable<IntExpr> = () => []): P {
  let p = prim;
  for (;;) {
    const axes = loopAxes(p);
    const found = axes.length < MAX_AXES ? first([...expressionsOf(p), ...also(p)], axes) : undefined;
    if (!found) return p;
    const { name } = found.axis;
    const [high, low] = [`${name}h`, `${name}l`];
    const digits = (all: readonly Axis[]): Axis[] =>
      all.flatMap((a) =>
        a === found.axis
          ? [
              { name: high, extent: found.high },
              { name: low, extent: dimConst(found.by) },
            ]
          : [a],
      );
    const value = iadd(imul(ax(high), int(found.by)), ax(low));
    const rewritten = rewritePrim(p, substituteAxes(new Map([[name, value]])));
    const over = p.kind === 'map' ? {} : { over: digits(p.over) };
    p = simplifyPrim({ ...rewritten, axes: digits(p.axes), ...over });
  }
}
