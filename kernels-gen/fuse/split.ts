/**
 * Splits an axis i into two, i = c·high + low, where an index divides it: idiv(i, c) is high, and imod(i, c) is low.
 * A permuted operand then has a strided index without divisions, and the row-major order of results stays the same.
 */
import { constantOf, type Dim, dimConst, divDim } from '../../compiler/dims/dims.ts';
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
import { visit } from '../../compiler/primitives/visit.ts';

type Loops = ContractionPrim | MapPrim | ReducePrim;

interface Division {
  readonly axis: Axis;
  /** The extent of the axis divided by `by`. */
  readonly high: Dim;
  readonly by: number;
}

/** Whether a size is a whole number, whatever the sizes are that it is made of. */
export const hasWholeFactors = (d: Dim): boolean => d.terms.every((t) => t.coef.den === 1n);

/** The first axis that an expression divides by a factor of its extent. */
function divided(
  all: readonly (Expr | IntExpr | BoolExpr)[],
  axes: readonly Axis[],
  isWhole: (d: Dim) => boolean,
): Division | undefined {
  let first: Division | undefined;
  for (const e of all) visit(e, (part) => (first ??= division(part, axes, isWhole)));
  return first;
}

function division(
  e: Expr | IntExpr | BoolExpr,
  axes: readonly Axis[],
  isWhole: (d: Dim) => boolean,
): Division | undefined {
  if ((e.k !== 'idiv' && e.k !== 'imod') || e.a.k !== 'axis') return undefined;
  const { by } = e;
  const { name } = e.a;
  const axis = axes.find((x) => x.name === name);
  const high = axis && by > 1 ? divDim(axis.extent, dimConst(by)) : undefined;
  return axis && high && isWhole(high) && constantOf(high) !== 1 ? { axis, high, by } : undefined;
}

/** The largest number of axes that a kernel counts through. */
const MAX_AXES = 10;

/**
 * Splits axes until no index divides one. `also` gives further expressions whose divisions should go, and `isWhole`
 * knows the sizes that are whole numbers.
 */
export function splitAxes<P extends Loops>(
  prim: P,
  also: (p: P) => Iterable<IntExpr> = () => [],
  isWhole: (d: Dim) => boolean = hasWholeFactors,
): P {
  let p = prim;
  for (;;) {
    const axes = loopAxes(p);
    const found =
      axes.length < MAX_AXES ? divided([...expressionsOf(p), ...also(p)], axes, isWhole) : undefined;
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
