/** Generates causal attention without stored scores: a kernel for each of its parts (prim.ts). */
import { productDim } from '../../../compiler/dims/dims.ts';
import type { AttentionPart, AttentionPrim } from '../../../compiler/primitives/prim.ts';
import type { Kernel } from '../../fuse/kernel.ts';
import { sizesOf } from '../../loops/naive-attention.ts';
import { extentOf, mulExtent } from '../../wgsl/size.ts';
import { chosen, type Generated, lazily, type ScheduleOptions, trafficOf, type Ways } from '../family.ts';
import { emitPortable } from './schedule.ts';

/** The number of dot products and of scaled additions of vectors for each pair of a query and a key. */
const PRODUCTS: Readonly<Record<AttentionPart, number>> = { lse: 1, output: 2, query: 3, keyValue: 4 };

export function generateAttention(
  kernel: Kernel & { readonly root: AttentionPrim },
  options: ScheduleOptions,
  ways: Ways<AttentionPrim>,
): Generated {
  const { root } = kernel;
  const { tokens, keys, heads, width } = sizesOf(root);
  // A query sees half of the keys on average, which cancels the two operations of a multiply-add.
  const pairs = extentOf(productDim([tokens, keys]));
  const flops = mulExtent(pairs, PRODUCTS[root.part] * heads * width);
  const bytes = trafficOf(root.args, kernel);
  return lazily({ family: 'attention', reads: root.args, scratch: null, flops, bytes }, () =>
    chosen(options, () => emitPortable(root), ways(root, options)),
  );
}
