/** Counts the operations of a contraction. */
import type { Expr } from '../../../compiler/primitives/expr.ts';
import type { Axis, ContractionPrim } from '../../../compiler/primitives/prim.ts';
import type { Extent } from '../../../runtime/plan.ts';
import { flopsOf } from '../../fuse/cost.ts';
import { addExtent, extentOf, mulExtent, productExtent } from '../../wgsl/size.ts';
import { count } from '../family.ts';
import { type ContractionKernel, classify, type Groups, productsOf } from './root.ts';

export function flops(kernel: ContractionKernel): Extent {
  const finishing = kernel.epilogue ? flopsOf(kernel.epilogue) : 0;
  const results = extentOf(count(kernel.root.axes));
  const groups = classify(kernel.root);
  return productsOf(kernel)
    .map((p) => productFlops(p, groups, results))
    .reduce(addExtent, mulExtent(results, finishing));
}

function productFlops(root: ContractionPrim, groups: Groups, results: Extent): Extent {
  const depth = extentOf(count(root.over));
  const operand = (e: Expr, axes: readonly Axis[]): Extent =>
    mulExtent(flopsOf(e), productExtent([extentOf(count([...groups.batch, ...axes])), depth]));
  const operands = addExtent(operand(root.a, groups.m), operand(root.b, groups.n));
  return addExtent(productExtent([2, results, depth]), operands);
}
