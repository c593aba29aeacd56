/** The distances in memory between the elements that neighbouring iterations of a loop load. */
import { type Poly, rangesOf } from '../../compiler/primitives/affine.ts';
import type { Expr } from '../../compiler/primitives/expr.ts';
import type { Axis, Prim } from '../../compiler/primitives/prim.ts';
import { polyOf } from '../../compiler/primitives/simplify.ts';
import { rowMajor } from '../../compiler/primitives/substitute.ts';
import { axesIn, loadsOf } from '../../compiler/primitives/visit.ts';

/**
 * The largest stride, in elements, of an operand's loads along an axis. Infinity where a stride is negative or
 * unknown, 0 where no load moves.
 */
export function strideOf(e: Expr, axis: Axis, args: readonly Prim[], axes: readonly Axis[]): number {
  const ranges = rangesOf(axes);
  const loads = loadsOf(e).filter((l) => !l.integer && l.index.some((i) => axesIn(i).has(axis.name)));
  const strides = loads.map(({ arg, index }) => {
    const at = rowMajor(
      args[arg]!.shape,
      index.map((i) => polyOf(i, ranges)),
    );
    return strideAt(at, axis.name);
  });
  return Math.max(0, ...strides);
}

/** The stride of a position along an axis; Infinity where it is negative, unknown or none. */
export function strideAt(at: Poly, axis: string): number {
  const [only, ...others] = at.filter((t) => t.atoms.some((x) => axesIn(x).has(axis)));
  const moves = others.length === 0 && only?.atoms.length === 1 && only.atoms[0]!.k === 'axis';
  return moves && only.coef > 0 ? only.coef : Infinity;
}

/** Whether neighbouring indices along an axis are neighbours in memory, in every tensor that the operand loads. */
export const isContiguous = (e: Expr, axis: Axis, args: readonly Prim[], axes: readonly Axis[]): boolean =>
  strideOf(e, axis, args, axes) <= 1;
