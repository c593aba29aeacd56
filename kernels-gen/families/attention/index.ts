/** Causal attention without stored scores: a kernel for each of its sums (prim.ts). */
import { productDim } from '../../../compiler/ir/dims.ts';
import type { AttentionPart, AttentionPrim } from '../../../compiler/primitives/prim.ts';
import type { Kernel } from '../../fuse/kernel.ts';
import { assemble } from '../../wgsl/module.ts';
import { ceildivExtent, extentOf, mulExtent } from '../../wgsl/size.ts';
import {
  chosen,
  type Emitted,
  type Generated,
  LANES,
  type ScheduleOptions,
  tensorsOf,
  tensorsRead,
  trafficOf,
} from '../family.ts';
import { Statements, sizesOf } from './emit.ts';
import { direct, inLanes, rowsFor, type Way } from './ways.ts';

/** Products of a vector for each pair of a query and a key that it sees. */
const PRODUCTS: Readonly<Record<AttentionPart, number>> = { lse: 1, output: 2, query: 3, keyValue: 4 };
/** Vectors that a row's results are. */
const SUMS: Readonly<Record<AttentionPart, number>> = { lse: 0, output: 1, query: 1, keyValue: 2 };
/** What threads hand to others of their row. */
const HANDED: Readonly<Record<AttentionPart, number>> = { lse: 2, output: 1, query: 1, keyValue: 2 };

export function generateAttention(
  kernel: Kernel & { readonly root: AttentionPrim },
  options: ScheduleOptions,
): Generated {
  const { root } = kernel;
  const { tokens, keys, heads, width } = sizesOf(root);
  const sums = SUMS[root.part] * Math.ceil(width / LANES);
  // A query sees half of the keys: Σ over pairs of a multiply-add a channel.
  const pairs = extentOf(productDim([tokens, keys]));
  const printed = chosen(options, () => emit(root, direct), [
    // A lone token, which a text that is written on has, would leave all rows but one idle.
    ...((options.one || options.tokens <= 1) && root.part !== 'keyValue'
      ? [{ strategy: 'lanes' as const, maxTokens: 1, emit: () => emit(root, inLanes(1)) }]
      : []),
    { strategy: 'lanes', emit: () => emit(root, inLanes(rowsFor(sums))) },
  ]);
  const used = tensorsRead(printed, root.args);
  return {
    family: 'attention',
    printed,
    reads: used,
    scratch: null,
    flops: mulExtent(pairs, PRODUCTS[root.part] * heads * width),
    bytes: trafficOf(used, kernel),
  };
}

function emit(root: AttentionPrim, way: Way): Emitted {
  const { tokens, keys, heads, keyHeads } = sizesOf(root);
  const e = new Statements(root, way).emit();
  const elements = way.shared(HANDED[root.part]);
  const code = assemble(e, {
    tensors: tensorsOf(root.args),
    out: root.dtype,
    workgroup: way.threads,
    ...(elements === 0 ? {} : { memories: [{ name: 'handed', elements }] }),
  });
  const [rows, columns] = root.part === 'keyValue' ? [keys, keyHeads] : [tokens, heads];
  return { ...code, workgroups: mulExtent(ceildivExtent(extentOf(rows), way.tile), columns) };
}
