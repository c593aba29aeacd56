/**
 * The order of the workgroups of a product of batches, such as x·diag(R₁, …, Rᵣ). The blocks of a row of x lie beside each
 * other, and the next row may be a page away. A workgroup that goes on with the next block of its rows reads on where the
 * last one ended, and the processor has fetched that already.
 */
import { constantOf } from '../../../compiler/dims/dims.ts';
import type { Expr } from '../../../compiler/primitives/expr.ts';
import type { Axis } from '../../../compiler/primitives/prim.ts';
import { classify, count, innermost } from '../../fuse/axes.ts';
import type { ContractionKernel } from '../../fuse/kernel.ts';
import { strideOf } from '../../fuse/strides.ts';

/**
 * Whether workgroups take the tiles of all batches before the next tile of one batch. They do where one operand's batches
 * lie within its rows, or columns, and a tile reads more of it than of the other operand, which it reads whole.
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
