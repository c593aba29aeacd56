/**
 * Decides where the tensors lie that the nests of a block load: in private arrays of lanes, in workgroup
 * memory, or in storage.
 */
import { constantOf, type Dim, dimConst, productDim } from '../../../../compiler/dims/dims.ts';
import type { BoolExpr, Expr, IntExpr } from '../../../../compiler/primitives/expr.ts';
import type { Axis, MapPrim } from '../../../../compiler/primitives/prim.ts';
import { loadsOf, visit } from '../../../../compiler/primitives/visit.ts';
import { numbered } from '../../../families/map/schedule.ts';
import { isMultiple } from '../../../families/vectors.ts';
import { count } from '../../../fuse/axes.ts';
import { BLOCK, type FusedBlocks } from '../../../fuse/blocks.ts';
import { type ContractionKernel, expressionsIn, productsOf } from '../../../fuse/kernel.ts';
import { VECTOR } from '../../../loops/type.ts';
import type { Replaced } from '../../../memory/buffers.ts';
import { LANES } from '../lanes.ts';
import { alongRows } from './mirrored.ts';
import { isAcross, isAlong, keptProduct, ownAxis } from './product.ts';

/** A nest as a map or a product; neither for a reduction. If `shared`, each lane computes every LANES-th result. */
export interface Work {
  readonly root: MapPrim | undefined;
  readonly product: ContractionKernel | undefined;
  readonly shared: boolean;
}

/** The largest number of elements of a block that a lane copies. */
const MAX_COPIED = 128;
/**
 * The largest number of results that a lane has in a map without loops. Also the largest number of elements
 * of a block that it copies for such a map.
 */
const MAX_WRITTEN = 32;

/** The work of each nest, whose products lanes keep; undefined where they cannot keep the results of some product. */
export function worksOf(group: FusedBlocks): readonly Work[] | undefined {
  if (group.args.some((a) => a.kind === 'input' && a.storage)) return undefined;
  const works: Work[] = [];
  for (const { kernel } of group.nests) {
    const { root } = kernel;
    if (root.kind === 'map') {
      const renamed = numbered(root);
      const last = renamed.axes.at(-1);
      const shared = last !== undefined && isMultiple(constantOf(last.extent), LANES);
      works.push({ root: renamed, product: undefined, shared });
      continue;
    }
    if (root.kind === 'reduce') {
      works.push({ root: undefined, product: undefined, shared: false });
      continue;
    }
    const product = keptProduct(alongRows({ ...kernel, root }));
    if (product === undefined) return undefined;
    works.push({ root: undefined, product, shared: true });
  }
  return works;
}

/** The memory that an operand's load reads: lanes' registers of a result, or of its transpose, or of a copy. */
export type Whereabouts = 'kept' | 'transposed' | 'copied' | 'held' | 'storage';

/**
 * Loads along which lanes run: the axis whose elements they divide. With `written`, they may load what others have.
 */
export interface Reader {
  readonly along: Axis | undefined;
  readonly isWritten?: boolean;
}

export interface Places {
  /** The arguments that lanes keep, with their transposes, those they copy a block of, and those in workgroup memory. */
  readonly kept: ReadonlySet<number>;
  readonly transposed: ReadonlySet<number>;
  readonly copied: ReadonlySet<number>;
  readonly held: ReadonlySet<number>;
  /** The maps without loops. */
  readonly written: ReadonlySet<Work>;
  readonly of: (load: Loaded, reader: Reader) => Whereabouts;
}

/** Decides by the loads of all nests. */
export function placesOf(group: FusedBlocks, works: readonly Work[], over: readonly Replaced[]): Places {
  const loads = group.nests.flatMap((s) => expressionsIn(s.kernel).flatMap(loadsOf));
  const onlyOfBlock = (arg: number) => loads.every((l) => l.arg !== arg || isOfBlock(l.index));
  const keepable = new Set(group.nests.filter((_, i) => works[i]!.shared).map((n) => n.arg));
  const isWhole = (arg: number) => isOfWholeLanes(group.args[arg]!.shape);
  const canHand = ({ arg, index }: Loaded): boolean => {
    if (group.slotOf[arg] !== undefined) return keepable.has(arg) && isWhole(arg) && index.every(isKnown);
    const small = blockSize(group, arg) <= MAX_WRITTEN * LANES;
    return small && ofVectors(group, arg, over) && onlyOfBlock(arg) && index.slice(1).every(isKnown);
  };
  const isOwn = (l: Loaded, along: Axis | undefined) =>
    along !== undefined && isBlock(group, l) && isAlong(l.index, along);
  const copied = new Set<number>();
  const uses = new Map<number, number>();
  const of: Places['of'] = ({ arg, index }, { along, isWritten = false }) => {
    if (group.slotOf[arg] === undefined)
      return copied.has(arg) && (isWritten || isOwn({ arg, index }, along)) ? 'copied' : 'storage';
    const { shape } = group.args[arg]!;
    const lanes = keepable.has(arg) && isWhole(arg) ? along : undefined;
    const turns = shape.length === 2 && isMultiple(constantOf(shape[0]!), LANES);
    if (lanes !== undefined && turns && isAcross(index, lanes)) return 'transposed';
    return isWritten || (lanes && isAlong(index, lanes)) ? 'kept' : 'held';
  };
  const at = { kept: new Set<number>(), transposed: new Set<number>(), held: new Set<number>() };
  const visitLoads = (e: Expr | IntExpr, reader: Reader) => {
    for (const l of loadsOf(e)) {
      if (group.slotOf[l.arg] !== undefined) {
        const place = of(l, reader);
        if (place === 'kept' || place === 'transposed' || place === 'held') at[place].add(l.arg);
      } else if (reader.isWritten) copied.add(l.arg);
      else if (isOwn(l, reader.along)) uses.set(l.arg, (uses.get(l.arg) ?? 0) + 1);
    }
  };
  const written = new Set<Work>();
  for (const [i, work] of works.entries()) {
    const { root, product, shared } = work;
    if (root) {
      const few = root.axes.length > 0 && constantOf(count(chunksOf(root.axes)))! <= MAX_WRITTEN;
      if (few && loadsOf(root.body).every(canHand)) written.add(work);
      visitLoads(root.body, { along: shared ? root.axes.at(-1) : undefined, isWritten: written.has(work) });
    }
    for (const p of product ? productsOf(product) : [])
      for (const which of ['a', 'b'] as const) visitLoads(p[which], { along: ownAxis(p, which) });
    if (product?.epilogue) visitLoads(product.epilogue, { along: ownAxis(product.root, 'b') });
    if (!root && !product)
      for (const e of expressionsIn(group.nests[i]!.kernel)) visitLoads(e, { along: undefined });
  }
  for (const [arg, n] of uses) if (n > 1 && onlyOfBlock(arg)) copied.add(arg);
  // A transpose is made of what lanes keep.
  for (const arg of at.transposed) at.kept.add(arg);
  return { ...at, copied, written, of };
}

/** The places where lanes keep nothing: all that nests hand on is in workgroup memory. */
export function heldPlaces({ slotOf }: FusedBlocks): Places {
  const [none, held] = [new Set<number>(), new Set(slotOf.keys())];
  const of = ({ arg }: Loaded): Whereabouts => (slotOf[arg] === undefined ? 'storage' : 'held');
  return { kept: none, transposed: none, copied: none, held, written: new Set(), of };
}

/** The axes with the last one counting chunks of LANES. The last chunk of a row may be incomplete. */
const chunksOf = (axes: readonly Axis[]): readonly Axis[] =>
  axes.map((a, d) =>
    d < axes.length - 1 ? a : { ...a, extent: dimConst(Math.ceil(constantOf(a.extent)! / LANES)) },
  );

/** The argument and the index of a load. */
type Loaded = Pick<ReturnType<typeof loadsOf>[number], 'arg' | 'index'>;

/**
 * Whether an index is a number once loops are unrolled: it has no size, and no axis of blocks. An integer that it loads
 * is a load of its own, which is not of vectors.
 */
function isKnown(i: IntExpr): boolean {
  let known = true;
  visit(i, (e) => {
    if (e.k === 'extent' || isBlocks(e)) known = false;
  });
  return known;
}

const blockSize = (group: FusedBlocks, arg: number): number =>
  constantOf(productDim(group.args[arg]!.shape.slice(1))) ?? Infinity;

/** Whether lanes can load their workgroup's block of a tensor in storage as vectors. */
export function ofVectors(group: FusedBlocks, arg: number, over: readonly Replaced[]): boolean {
  const tensor = group.args[arg]!;
  if (tensor.dtype !== 'f32' || over.some((o) => o.tensor === tensor)) return false;
  return isMultiple(blockSize(group, arg), VECTOR);
}

/** Whether the length of rows is a multiple of LANES. */
const isOfWholeLanes = (shape: readonly Dim[]): boolean => isMultiple(constantOf(shape.at(-1)!), LANES);

/** Whether a load is from this workgroup's block, and the block is one that lanes can copy. */
function isBlock(group: FusedBlocks, { arg, index }: Loaded): boolean {
  if (!isOfBlock(index)) return false;
  const { shape, dtype } = group.args[arg]!;
  return blockSize(group, arg) <= MAX_COPIED * LANES && isOfWholeLanes(shape) && dtype !== 'i32';
}

const isOfBlock = ([first]: readonly IntExpr[]): boolean => isBlocks(first);

/** Whether an expression is the axis of blocks. */
const isBlocks = (e: Expr | IntExpr | BoolExpr | undefined): boolean => e?.k === 'axis' && e.name === BLOCK;
