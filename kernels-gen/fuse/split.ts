/**
 * Axes split into digits where an index takes them apart: i in idiv(i, c) and imod(i, c) is c·hi + lo. A permuted
 * operand then has a strided index and no division, and the row-major order of results is the same.
 */
import { constantOf, dimConst } from '../../compiler/ir/dims.ts';
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

/** The first axis divided by a part of its extent, and that part. */
function divided(
  e: Expr | IntExpr | BoolExpr,
  extents: ReadonlyMap<string, number>,
): [string, number] | undefined {
  switch (e.k) {
    case 'idiv':
    case 'imod': {
      const extent = e.a.k === 'axis' ? extents.get(e.a.name) : undefined;
      if (e.a.k === 'axis' && extent !== undefined && e.by > 1 && e.by < extent && extent % e.by === 0)
        return [e.a.name, e.by];
      return divided(e.a, extents);
    }
    case 'load':
    case 'iload':
      return first(e.index, extents);
    case 'iadd':
    case 'isub':
    case 'imul':
    case 'ilt':
    case 'ieq':
    case 'flt':
    case 'and':
    case 'or':
      return first([e.a, e.b], extents);
    case 'not':
    case 'fromInt':
    case 'isqrt':
      return divided(e.a, extents);
    case 'select':
    case 'iselect':
      return first([e.cond, e.then, e.else], extents);
    case 'call':
      return first(e.args, extents);
    case 'axis':
    case 'int':
    case 'extent':
    case 'const':
      return undefined;
    default:
      throw new TypeError(`unknown expression ${e satisfies never}`);
  }
}

function first(all: readonly (Expr | IntExpr | BoolExpr)[], extents: ReadonlyMap<string, number>) {
  for (const e of all) {
    const found = divided(e, extents);
    if (found) return found;
  }
  return undefined;
}

/** No kernel counts through more. */
const MAX_AXES = 10;

export function splitAxes<P extends Loops>(prim: P): P {
  let p = prim;
  for (;;) {
    const axes = loopAxes(p);
    const extents = new Map(
      axes.flatMap((a) => {
        const extent = constantOf(a.extent);
        return extent === undefined ? [] : [[a.name, extent] as const];
      }),
    );
    const found = axes.length < MAX_AXES ? first(expressionsOf(p), extents) : undefined;
    if (!found) return p;
    const [name, by] = found;
    const [high, low] = [`${name}h`, `${name}l`];
    const digits = (all: readonly Axis[]): Axis[] =>
      all.flatMap((a) =>
        a.name === name
          ? [
              { name: high, extent: dimConst(extents.get(name)! / by) },
              { name: low, extent: dimConst(by) },
            ]
          : [a],
      );
    const value = iadd(imul(ax(high), int(by)), ax(low));
    const rewritten = rewritePrim(p, substituteAxes(new Map([[name, value]])));
    const over = p.kind === 'map' ? {} : { over: digits(p.over) };
    p = simplifyPrim({ ...rewritten, axes: digits(p.axes), ...over });
  }
}
