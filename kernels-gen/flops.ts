/** Counts the operations of products and maps. */
import type { Expr } from '../compiler/primitives/expr.ts';
import type { Axis, ContractionPrim } from '../compiler/primitives/prim.ts';
import type { Extent } from '../runtime/plan.ts';
import { classify, count, type Groups } from './fuse/axes.ts';
import type { Member } from './fuse/blocks.ts';
import { flopsOf } from './fuse/cost.ts';
import { type ContractionKernel, productsOf, type ReductionKernel } from './fuse/kernel.ts';
import { addExtent, extentOf, mulExtent, productExtent } from './wgsl/size.ts';

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

/** The operations of a reduction over all of its axes: each term is one to combine. */
export function flopsOfReduction({ root, epilogue }: ReductionKernel): Extent {
  const results = extentOf(count(root.axes));
  const terms = productExtent([results, extentOf(count(root.over)), 1 + flopsOf(root.body)]);
  return addExtent(terms, mulExtent(results, epilogue ? flopsOf(epilogue) : 0));
}

/** The operations of a member of fused blocks over all of its axes. */
export function flopsOfMember({ root, ...kernel }: Member): Extent {
  if (root.kind === 'contraction') return flops({ ...kernel, root });
  if (root.kind === 'reduce') return flopsOfReduction({ ...kernel, root });
  return mulExtent(extentOf(count(root.axes)), flopsOf(root.body));
}
