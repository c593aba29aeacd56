/**
 * Decides where the tensors lie that the nests of a block load: in private arrays of lanes, in workgroup
 * memory, or in storage.
 */
import { constantOf, type Dim, productDim } from '../../../../compiler/dims/dims.ts';
import type { Expr, IntExpr } from '../../../../compiler/primitives/expr.ts';
import type { Axis, MapPrim } from '../../../../compiler/primitives/prim.ts';
import { loadsOf, visit } from '../../../../compiler/primitives/visit.ts';
import { numbered } from '../../../families/map/schedule.ts';
import { isMultiple } from '../../../families/vectors.ts';
import { count } from '../../../fuse/axes.ts';
import { BLOCK, type FusedBlocks } from '../../../fuse/blocks.ts';
import { type ContractionKernel, expressionsIn, productsOf, RESULT } from '../../../fuse/kernel.ts';
import type { Replaced } from '../../../memory/buffers.ts';
import { VECTOR } from '../../../wgsl/vectors.ts';
import { LANES } from '../lanes.ts';
import { chunksOf } from './copying.ts';
import { alongRows } from './mirrored.ts';
import { isAcross, isAlong, keptProduct, ownAxis } from './product.ts';

/** A nest as a map or a product. If `shared`, each lane computes every LANES-th result. */
export interface Work {
  readonly root: MapPrim | undefined;
  readonly product: ContractionKernel | undefined;
  readonly axes: readonly Axis[];
  readonly shared: boolean;
}

/** The largest number of elements of a block that a lane copies. */
const MAX_COPIED = 128;
/**
 * The largest number of results that a lane has in a map without loops. Also the largest number of elements
 * of a block that it copies for such a map.
 */
const MAX_WRITTEN = 32;

/** The work of each nest; undefined where lanes cannot keep the results of some product. */
export function worksOf(group: FusedBlocks): readonly Work[] | undefined {
  if (group.args.some((a) => a.kind === 'input' && a.storage)) return undefined;
  const works: Work[] = [];
  for (const { kernel } of group.nests) {
    const { root } = kernel;
    if (root.kind === 'map') {
      const renamed = numbered(root);
      const last = renamed.axes.at(-1);
      const shared = last !== undefined && isMultiple(constantOf(last.extent), LANES);
      works.push({ root: renamed, product: undefined, axes: renamed.axes, shared });
      continue;
    }
    const product = keptProduct(alongRows({ ...kernel, root }));
    if (product === undefined) return undefined;
    works.push({ root: undefined, product, axes: product.root.axes, shared: true });
  }
  return works;
}

/**
 * Decides by the loads of all nests. Lanes keep the arguments `kept`, and the transposes of those `transposed`. They
 * copy a block of each of `copied`. Arguments `inWorkgroup` are in workgroup memory. Maps in `written` have no loops.
 */
export function placesOf(group: FusedBlocks, works: readonly Work[], over: readonly Replaced[]) {
  const [kept, transposed, inWorkgroup] = [new Set<number>(), new Set<number>(), new Set<number>()];
  const [copied, written] = [new Set<number>(), new Set<Work>()];
  const loads = group.nests.flatMap((s) => expressionsIn(s.kernel).flatMap(loadsOf));
  const onlyOfBlock = (arg: number) => loads.every((l) => l.arg !== arg || isOfBlock(l.index));
  const keepable = new Set(
    group.nests.flatMap(({ arg }, i) => (arg !== undefined && works[i]!.shared ? [arg] : [])),
  );
  const isWhole = (arg: number) => isOfWholeLanes(group.args[arg]!.shape);
  const canHand = ({ arg, index }: Load): boolean => {
    if (group.slotOf[arg] !== undefined) return keepable.has(arg) && isWhole(arg) && index.every(isKnown);
    const small = blockSize(group, arg) <= MAX_WRITTEN * LANES;
    return small && ofVectors(group, arg, over) && onlyOfBlock(arg) && index.slice(1).every(isKnown);
  };
  const uses = new Map<number, number>();
  const visitLoads = (e: Expr | IntExpr, own: Axis | undefined, hand = false) => {
    for (const { arg, index } of loadsOf(e)) {
      if (group.slotOf[arg] === undefined) {
        if (hand) copied.add(arg);
        else if (own && isBlock(group, arg, index) && isAlong(index, own))
          uses.set(arg, (uses.get(arg) ?? 0) + 1);
        continue;
      }
      const { shape } = group.args[arg]!;
      const lanes = keepable.has(arg) && isWhole(arg) ? own : undefined;
      const turns = shape.length === 2 && isMultiple(constantOf(shape[0]!), LANES);
      const across = lanes !== undefined && turns && isAcross(index, lanes);
      if (across) transposed.add(arg);
      (across || hand || (lanes && isAlong(index, lanes)) ? kept : inWorkgroup).add(arg);
    }
  };
  for (const work of works) {
    const { root, product, shared } = work;
    if (root) {
      const few = root.axes.length > 0 && constantOf(count(chunksOf(root.axes)))! <= MAX_WRITTEN;
      if (few && loadsOf(root.body).every(canHand)) written.add(work);
      visitLoads(root.body, shared ? root.axes.at(-1) : undefined, written.has(work));
    }
    for (const p of product ? productsOf(product) : [])
      for (const which of ['a', 'b'] as const) visitLoads(p[which], ownAxis(p, which));
    if (product?.epilogue) visitLoads(product.epilogue, ownAxis(product.root, 'b'));
  }
  for (const [arg, n] of uses) if (n > 1 && onlyOfBlock(arg)) copied.add(arg);
  return { kept, transposed, inWorkgroup, copied, written };
}

type Load = ReturnType<typeof loadsOf>[number];

/** Whether an index is a number once loops are unrolled: it has no size, no loaded integer, and no axis of blocks. */
function isKnown(i: IntExpr): boolean {
  let known = true;
  visit(i, (e) => {
    if (e.k === 'iload' || e.k === 'extent' || (e.k === 'axis' && e.name === BLOCK)) known = false;
  });
  return known;
}

const blockSize = (group: FusedBlocks, arg: number): number =>
  constantOf(productDim(group.args[arg]!.shape.slice(1))) ?? Infinity;

/** Whether lanes can load their workgroup's block of a tensor in storage as vectors. */
export function ofVectors(group: FusedBlocks, arg: number, over: readonly Replaced[]): boolean {
  const tensor = group.args[arg]!;
  if (tensor.dtype !== 'f32' || over.some((o) => o.tensor === tensor)) return false;
  return isMultiple(blockSize(group, arg), VECTOR) && blockSize(group, arg) <= MAX_COPIED * LANES;
}

/** Whether the length of rows is a multiple of LANES. A scalar has no rows. */
function isOfWholeLanes(shape: readonly Dim[]): boolean {
  const last = shape.at(-1);
  return last !== undefined && isMultiple(constantOf(last), LANES);
}

/** Whether a load is from this workgroup's block, and the block is one that lanes can copy. */
function isBlock(group: FusedBlocks, arg: number, index: readonly IntExpr[]): boolean {
  if (arg === RESULT) return false;
  const { shape, dtype } = group.args[arg]!;
  const small = blockSize(group, arg) <= MAX_COPIED * LANES;
  return small && isOfWholeLanes(shape) && dtype !== 'i32' && isOfBlock(index);
}

const isOfBlock = ([first]: readonly IntExpr[]): boolean => first?.k === 'axis' && first.name === BLOCK;
