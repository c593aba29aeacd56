/** Counts the operations of products and maps. */
import type { Expr } from '../compiler/primitives/expr.ts';
import type { Axis, ContractionPrim } from '../compiler/primitives/prim.ts';
import type { Extent } from '../runtime/plan.ts';
import { classify, count, type Groups } from './fuse/axes.ts';
import type { Member } from './fuse/blocks.ts';
import { flopsOf } from './fuse/cost.ts';
import { type ContractionKernel, productsOf } from './fuse/kernel.ts';
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

/** The operations of a map or a product over all of its axes. */
export const flopsOfMember = ({ root, ...kernel }: Member): Extent =>
  root.kind === 'contraction'
    ? flops({ ...kernel, root })
    : mulExtent(extentOf(count(root.axes)), flopsOf(root.body));
