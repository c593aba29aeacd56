/**
 * Reads symmetric and skew-symmetric matrices along their rows, where neighbours are contiguous. As Aᵀ = ±A, a load
 * of A[k, j] can be one of ±A[j, k].
 */
import type { Expr, IntExpr } from '../../../../compiler/primitives/expr.ts';
import type { Axis, ContractionPrim } from '../../../../compiler/primitives/prim.ts';
import { rewriteExpr } from '../../../../compiler/primitives/substitute.ts';
import { axesIn } from '../../../../compiler/primitives/visit.ts';
import type { Kernel } from '../../../fuse/kernel.ts';

/**
 * The product with every mirrored operand read along its rows. In the operand that has the product's columns,
 * rows run along these columns. In the other operand, rows run along the sum.
 */
export function alongRows<K extends Kernel & { readonly root: ContractionPrim }>(kernel: K): K {
  const { root, added } = kernel;
  return { ...kernel, root: swapped(root), ...(added ? { added: added.map(swapped) } : {}) };
}

function swapped(p: ContractionPrim): ContractionPrim {
  const columns = p.axes.at(-1);
  const operand = (e: Expr) => along(p, e, columns && axesIn(e).has(columns.name) ? [columns] : p.over);
  return { ...p, a: operand(p.a), b: operand(p.b) };
}

/** The expression, where loads that step from row to row along the axes step within a row instead. */
function along({ args }: ContractionPrim, e: Expr, axes: readonly Axis[]): Expr {
  const moves = (i: IntExpr) => axes.some((a) => axesIn(i).has(a.name));
  return rewriteExpr(e, {
    load: (arg, index) => {
      const mirrored = args[arg]?.mirrored;
      const [row, column] = index.slice(-2);
      if (!mirrored || !moves(row!) || moves(column!)) return undefined;
      const load: Expr = { k: 'load', arg, index: [...index.slice(0, -2), column!, row!] };
      return mirrored === 1 ? load : { k: 'call', fn: 'neg', args: [load] };
    },
  });
}
