/** What the ways of going through a block's nests share. */
import { ax } from '../../../compiler/primitives/build.ts';
import type { Axis, MapPrim, Prim } from '../../../compiler/primitives/prim.ts';
import { rewriteExpr } from '../../../compiler/primitives/substitute.ts';
import type { Replaced } from '../../buffers.ts';
import { BLOCK, type FusedBlocks } from '../../fuse/blocks.ts';
import { renameAxes } from '../../fuse/graph.ts';
import type { Emitter } from '../../wgsl/emitter.ts';
import type { Tensor } from '../../wgsl/tensor.ts';
import { VECTOR } from '../../wgsl/vectors.ts';
import { type StoreTarget, storeNeighbours } from '../contraction/store.ts';
import { count, digitsOf, tensorsOf } from '../family.ts';
import { groupsOf, partsOf } from '../vectors.ts';

/** The tensors that a group stores, in the order of its bindings. */
export const writesOf = ({ nests }: FusedBlocks): Prim[] => nests.flatMap((s) => s.stored ?? []);

/** The workgroup memory of a slot. */
export const heldName = (slot: number): string => `held${slot}`;

/** What of slots and of stored tensors is declared as arrays of vec4. */
interface Vectors {
  readonly slots: ReadonlySet<number>;
  readonly outs: ReadonlySet<number>;
}

/** Where a nest's results, over these axes, go: to the memory that later nests read, to a tensor, or to both. */
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

/** Its arguments as they lie in storage: those that results overwrite are where these are. */
export const inStorage = (group: FusedBlocks, over: readonly Replaced[]): Tensor[] =>
  tensorsOf(group.args).map((t, i) => {
    const place = over.find((o) => o.tensor === group.args[i]);
    return place ? { ...t, overwritten: outName(group, place.by) } : t;
  });

const outName = (group: FusedBlocks, tensor: Prim): string => `out${writesOf(group).indexOf(tensor)}`;

/** Parts a nest from those before it: in memory, and in what it overwrites. */
export function between(e: Emitter, { nests }: FusedBlocks, nest: number, over: readonly Replaced[]): void {
  if (nest > 0) e.line('workgroupBarrier();');
  if (over.some((o) => o.by === nests[nest]!.stored)) e.line('storageBarrier();');
}

/** Under canonical axis names, so that equal maps print equally. */
export function numbered(root: MapPrim): MapPrim {
  const names = new Map(root.axes.map((a, d) => [a.name, `i${d}`]));
  return renameAxes(root, (n) => names.get(n)!);
}

/** One element after another, a thread each; where all of it goes to vectors, one vector. */
export function mapNest(e: Emitter, root: MapPrim, threads: number, targets: readonly StoreTarget[]): void {
  const together = targets.every((t) => t.vectors) && root.axes.length > 0 ? VECTOR : 1;
  const axes = groupsOf(root.axes, root.axes.at(-1), together);
  const total = count(axes);
  e.open(`for (var at = lane; at < ${e.end(e.size(total))}; at += ${threads})`);
  e.define('at', 'at', total);
  const places = partsOf(root.axes, digitsOf(axes, ax('at'))!, together);
  const values = places.map((here) => e.floatName(rewriteExpr(root.body, here)));
  for (const target of targets) storeNeighbours(e, target, values, places);
  e.close();
}
