/**
 * Decides whether a kernel may store its result over a tensor that it reads. Each element must be read before the
 * store that overwrites it. There are two ways:
 *
 * - *elements*: each result reads only the element in its own place, as in x + f(x), and the same thread stores it.
 * - *rows*: the tensor is an operand of a product by rows, and the product's columns take the place of the tensor's, as
 *   in x·R with square blocks. Where a workgroup has all columns of its rows, it reads no rows of other workgroups, and
 *   a barrier separates its sums from its stores.
 */
import { constantOf, equalDim } from '../../compiler/dims/dims.ts';
import { getOrMake } from '../../compiler/keyed.ts';
import { equalPoly, rangesOf } from '../../compiler/primitives/affine.ts';
import type { Expr, IntExpr } from '../../compiler/primitives/expr.ts';
import type { Axis, Prim } from '../../compiler/primitives/prim.ts';
import { polyOf } from '../../compiler/primitives/simplify.ts';
import { loopAxes, rewriteInt, rowMajor, substituteAxes } from '../../compiler/primitives/substitute.ts';
import { loadsOf } from '../../compiler/primitives/visit.ts';
import { axisRefs, classify, count, extents, looped } from '../fuse/axes.ts';
import { BLOCK, type FusedBlocks } from '../fuse/blocks.ts';
import { type ContractionKernel, expressionsIn, type Kernel, type Overwritten } from '../fuse/kernel.ts';
import { remembered } from '../remembered.ts';
import type { Replaced } from './buffers.ts';

/** The largest number of columns that a workgroup computes together, whatever the strategy. */
export const MOST_COLUMNS = 64;

/** The way in which a kernel's result may overwrite a tensor; undefined where it may not. */
export function overwriting(kernel: Kernel, tensor: Prim): Overwritten | undefined {
  const { root } = kernel;
  if (tensor.kind === 'input' || tensor.dtype !== kernel.tensor.dtype || tensor.dtype === 'i32')
    return undefined;
  if (root.kind !== 'map' && root.kind !== 'reduce' && root.kind !== 'contraction') return undefined;
  const loads = (e: Expr) => loadsOf(e).filter((l) => root.args[l.arg] === tensor);
  const [rows, ...more] = operandsOf(kernel).filter((e) => loads(e).length > 0);
  const columns = rows && more.length === 0 ? columnsFor(rows, root) : undefined;
  if (rows && columns === undefined) return undefined;
  const ranges = rangesOf(loopAxes(root));
  const position = (shape: Prim['shape'], index: readonly IntExpr[]) =>
    rowMajor(
      shape,
      index.map((i) => polyOf(i, ranges)),
    );
  const own = position(extents(root.axes), axisRefs(root.axes));
  /**
   * Whether each load of the tensor in an expression, with axes renamed, is of the element in the result's
   * place.
   */
  const inPlace = (e: Expr, renamed: ReadonlyMap<string, IntExpr> = new Map()) =>
    loads(e).every(({ index }) => {
      const at = index.map((i) => rewriteInt(i, substituteAxes(renamed)));
      return equalPoly(position(tensor.shape, at), own);
    });
  const finishing = root.kind === 'map' ? root.body : kernel.epilogue;
  if (finishing && !inPlace(finishing)) return undefined;
  if (rows === undefined) return { tensor, by: 'elements' };
  return inPlace(rows, columns) ? { tensor, by: 'rows' } : undefined;
}

/**
 * Maps a product's summed axes to its columns, where `rows` is an operand and a workgroup can have all
 * columns.
 */
function columnsFor(rows: Expr, root: Kernel['root']): Map<string, IntExpr> | undefined {
  if (root.kind !== 'contraction') return undefined;
  const { m, n } = classify(root);
  const columns = rows === root.a ? n : rows === root.b ? m : undefined;
  if (columns === undefined || (constantOf(count(columns)) ?? Infinity) > MOST_COLUMNS) return undefined;
  return renaming(looped(root.over), looped(columns));
}

/**
 * Whether fused blocks may store a result over a tensor, block by block. Nests may read only the tensor's block of
 * their own workgroup, and only before the nest that stores.
 */
export function groupOverwrites({ blocks, args, nests }: FusedBlocks, { tensor, by }: Replaced): boolean {
  const arg = args.indexOf(tensor);
  if (arg < 0 || tensor.kind === 'input' || tensor.dtype !== by.dtype) return false;
  const { shape } = by;
  const alike = tensor.shape.length === shape.length && tensor.shape.every((d, i) => equalDim(d, shape[i]!));
  if (!alike || !equalDim(tensor.shape[0]!, blocks)) return false;
  const { leaves, readers } = readingsOf(nests).get(arg) ?? NONE;
  const stored = nests.findIndex((s) => s.stored === by);
  return !leaves && readers.every((at) => at < stored);
}

const NONE = { leaves: false, readers: [] } as const;

/** Finds for each argument the nests that load it, and whether one loads it from another block than its own. */
const readingsOf = remembered((nests: FusedBlocks['nests']) => {
  const all = new Map<number, { leaves: boolean; readonly readers: number[] }>();
  for (const [at, { kernel }] of nests.entries()) {
    for (const { arg, index } of expressionsIn(kernel).flatMap(loadsOf)) {
      const known = getOrMake(all, arg, () => ({ leaves: false, readers: [] }));
      const [first] = index;
      known.leaves ||= !(first?.k === 'axis' && first.name === BLOCK);
      if (known.readers.at(-1) !== at) known.readers.push(at);
    }
  }
  return all;
});

/** The operands of the sums that a kernel computes. */
function operandsOf({ root, added = [] }: Kernel): Expr[] {
  if (root.kind === 'reduce') return [root.body];
  return root.kind === 'contraction' ? [root, ...added].flatMap((p) => [p.a, p.b]) : [];
}

/**
 * Maps the name of each axis of `from` to the axis of `to` at the same position, where the two have equal sizes. An
 * axis that is not mapped keeps its name, so that a comparison of indices fails.
 */
function renaming(from: readonly Axis[], to: readonly Axis[]): Map<string, IntExpr> {
  const renamed = new Map<string, IntExpr>();
  for (const [i, { name, extent }] of to.entries()) {
    const by = from[i];
    if (by && equalDim(by.extent, extent)) renamed.set(by.name, { k: 'axis', name });
  }
  return renamed;
}

const ANY = { rows: 1, cols: 1 } as const;

/**
 * The smallest numbers of rows and columns that a tile of a contraction may have. If the contraction
 * overwrites the operand of its rows, a tile needs all columns. If it overwrites that of its columns, a tile
 * needs all rows.
 */
export function wholeOf(kernel: ContractionKernel): { readonly rows: number; readonly cols: number } {
  const { root, overwrites } = kernel;
  if (overwrites?.by !== 'rows') return ANY;
  const { m, n } = classify(root);
  const inRows = loadsOf(root.a).some((l) => root.args[l.arg] === overwrites.tensor);
  return inRows ? { ...ANY, cols: constantOf(count(n))! } : { ...ANY, rows: constantOf(count(m))! };
}
