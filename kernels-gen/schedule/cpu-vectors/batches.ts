/**
 * The order of the workgroups of a batched product, such as x·diag(R₁, …, Rᵣ). The blocks of a row of x lie beside each
 * other, and the next row may be a page away. Where the next workgroup has the next block of the same rows, its loads start
 * where the last one's ended, and the processor has fetched them already.
 */
import { constantOf } from '../../../compiler/dims/dims.ts';
import type { Expr } from '../../../compiler/primitives/expr.ts';
import type { Axis } from '../../../compiler/primitives/prim.ts';
import { classify, count, innermost } from '../../fuse/axes.ts';
import type { ContractionKernel } from '../../fuse/kernel.ts';
import { strideOf } from '../../fuse/strides.ts';

/**
 * Whether workgroups take the tiles of all batches before the next tile of one batch. They do where the batches of the
 * operand of which a tile has more lie beside each other within its rows, and a tile has all columns of the other operand;
 * or the same with rows and columns exchanged.
 */
export function isByBatches({ root }: ContractionKernel, rows: number, cols: number): boolean {
  const { batch, m, n } = classify(root);
  const next = innermost(batch);
  if (next === undefined) return false;
  const axes = [...root.axes, ...root.over];
  const isWithin = (e: Expr, own: readonly Axis[]) =>
    own.some((a) => strideOf(e, next, root.args, axes) < strideOf(e, a, root.args, axes));
  const isWhole = (own: readonly Axis[], most: number) => (constantOf(count(own)) ?? Infinity) <= most;
  return rows > cols ? isWithin(root.a, m) && isWhole(n, cols) : isWithin(root.b, n) && isWhole(m, rows);
}
