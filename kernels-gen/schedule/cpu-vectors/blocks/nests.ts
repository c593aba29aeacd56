/** Functions that all ways to compute a block's nests share. */
import { ax } from '../../../../compiler/primitives/build.ts';
import type { Axis, MapPrim, Prim } from '../../../../compiler/primitives/prim.ts';
import { rewriteExpr } from '../../../../compiler/primitives/substitute.ts';
import { type StoreTarget, storeNeighbours } from '../../../families/contraction/store.ts';
import { tensorsOf } from '../../../families/family.ts';
import { groupsOf, partsOf } from '../../../families/vectors.ts';
import { count, digitsOf } from '../../../fuse/axes.ts';
import { BLOCK, type FusedBlocks, writesOf } from '../../../fuse/blocks.ts';
import type { Replaced } from '../../../memory/buffers.ts';
import type { Emitter } from '../../../wgsl/emitter.ts';
import type { Tensor } from '../../../wgsl/tensor.ts';
import { VECTOR } from '../../../wgsl/vectors.ts';

/** The name of a slot's workgroup memory. */
export const heldName = (slot: number): string => `held${slot}`;

/** The slots and the stored tensors that are declared as arrays of vec4. */
interface Vectors {
  readonly slots: ReadonlySet<number>;
  readonly outs: ReadonlySet<number>;
}

/** The targets of a nest's results over these axes: workgroup memory for later nests, a tensor, or both. */
export function targetsOf(
  group: FusedBlocks,
  nest: number,
  axes: readonly Axis[],
  vectors: Vectors,
): StoreTarget[] {
  const { slot, stored: tensor } = group.nests[nest]!;
  const targets: StoreTarget[] = [];
  if (slot !== undefined)
    targets.push({ name: heldName(slot), axes, dtype: 'f32', vectors: vectors.slots.has(slot) });
  if (tensor) {
    targets.push({
      name: outName(group, tensor),
      axes: [{ name: BLOCK, extent: group.blocks }, ...axes],
      dtype: tensor.dtype,
      vectors: vectors.outs.has(writesOf(group).indexOf(tensor)),
    });
  }
  return targets;
}

/** The arguments of fused blocks as tensors in storage. One that a result overwrites is in the result's buffer. */
export const inStorage = (group: FusedBlocks, over: readonly Replaced[]): Tensor[] =>
  tensorsOf(group.args).map((t, i) => {
    const place = over.find((o) => o.tensor === group.args[i]);
    return place ? { ...t, overwritten: outName(group, place.by) } : t;
  });

const outName = (group: FusedBlocks, tensor: Prim): string => `out${writesOf(group).indexOf(tensor)}`;

/** Emits the barriers before a nest: for workgroup memory, and for a tensor that the nest overwrites. */
export function between(e: Emitter, { nests }: FusedBlocks, nest: number, over: readonly Replaced[]): void {
  if (nest > 0) e.line('workgroupBarrier();');
  if (over.some((o) => o.by === nests[nest]!.stored)) e.line('storageBarrier();');
}

/** Emits a map: each thread computes one element at a time, or one vector where all targets store vectors. */
export function mapNest(e: Emitter, root: MapPrim, threads: number, targets: readonly StoreTarget[]): void {
  const vectorWidth = targets.every((t) => t.vectors) && root.axes.length > 0 ? VECTOR : 1;
  const axes = groupsOf(root.axes, root.axes.at(-1), vectorWidth);
  const total = count(axes);
  e.open(`for (var at = lane; at < ${e.end(e.size(total))}; at += ${threads})`);
  e.define('at', 'at', total);
  const places = partsOf(root.axes, digitsOf(axes, ax('at'))!, vectorWidth);
  const values = places.map((here) => e.floatName(rewriteExpr(root.body, here)));
  for (const target of targets) storeNeighbours(e, target, values, places);
  e.close();
}
