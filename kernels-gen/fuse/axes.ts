/** The axes of kernels: their sizes, and their roles in a contraction. */
import { constantOf, type Dim, productDim } from '../../compiler/dims/dims.ts';
import type { IntExpr } from '../../compiler/primitives/expr.ts';
import type { Axis, ContractionPrim } from '../../compiler/primitives/prim.ts';
import { axesIn } from '../../compiler/primitives/visit.ts';
import { remembered } from '../remembered.ts';

export const extents = (axes: readonly Axis[]): Dim[] => axes.map((a) => a.extent);
export const count = (axes: readonly Axis[]): Dim => productDim(extents(axes));
export const axisRefs = (axes: readonly Axis[]): IntExpr[] => axes.map((a) => ({ k: 'axis', name: a.name }));

/** The axes to loop over: those of extent 1 need no loop. */
export const looped = (axes: readonly Axis[]): Axis[] => axes.filter((a) => constantOf(a.extent) !== 1);

/** The axes of a contraction as a product of matrices: batch axes, rows and columns. */
export interface Groups {
  readonly batch: readonly Axis[];
  readonly m: readonly Axis[];
  readonly n: readonly Axis[];
}

export const classify = remembered((root: ContractionPrim): Groups => {
  const [a, b] = [axesIn(root.a), axesIn(root.b)];
  return {
    batch: root.axes.filter((x) => a.has(x.name) && b.has(x.name)),
    // An axis that neither operand uses repeats the results, so any direction will do.
    m: root.axes.filter((x) => !b.has(x.name)),
    n: root.axes.filter((x) => b.has(x.name) && !a.has(x.name)),
  };
});

/** The last axis with more than one index: neighbouring positions are along it. */
export const innermost = (axes: readonly Axis[]): Axis | undefined =>
  axes.findLast((a) => constantOf(a.extent) !== 1);

/**
 * The longest axis, or the innermost of several. An axis over tokens counts as the longest. Undefined where
 * all have size 1.
 */
export function longest(over: readonly Axis[]): Axis | undefined {
  const extent = (a: Axis) => constantOf(a.extent) ?? Infinity;
  const most = Math.max(0, ...over.map(extent));
  return most <= 1 ? undefined : over.findLast((a) => extent(a) === most);
}

/** The values of axes at a row-major position; undefined where that takes a division by a run-time size. */
export function digitsOf(axes: readonly Axis[], flat: IntExpr): Map<string, IntExpr> | undefined {
  const values = new Map<string, IntExpr>();
  let rest = flat;
  for (let i = axes.length - 1; i >= 0; i--) {
    const { name, extent } = axes[i]!;
    if (i === 0) {
      values.set(name, rest);
      break;
    }
    const size = constantOf(extent);
    if (size === undefined) return undefined;
    // A size of 0 has no elements, so this value is never used.
    const by = Math.max(1, size);
    values.set(name, { k: 'imod', a: rest, by });
    rest = { k: 'idiv', a: rest, by };
  }
  return values;
}
