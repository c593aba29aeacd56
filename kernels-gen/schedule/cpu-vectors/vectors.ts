/** Decides what a contraction in lanes loads and stores as vectors. */
import type { ContractionPrim } from '../../../compiler/primitives/prim.ts';
import type { Tile } from '../../families/contraction/tile.ts';
import type { Vectors } from '../../families/contraction/vectors.ts';
import { alongSum, besideOut, isQuantized, reachOf, vectorSum } from '../../families/contraction/vectors.ts';
import { isMultiple, vectorsAlong } from '../../families/vectors.ts';
import { classify, innermost } from '../../fuse/axes.ts';
import { type ContractionKernel, productsOf } from '../../fuse/kernel.ts';
import { remembered } from '../../remembered.ts';
import { isScattered } from './cycles.ts';

/**
 * The largest number of rows of a tile with vectors along the sum. With more, the text compiles too slowly,
 * and the vectors take too long to rotate.
 */
const MOST_ROWS = 16;

/**
 * The arguments that lanes load as vectors along the sum: those of b where its columns are far apart, else
 * those of a.
 */
const sumsOf = remembered((kernel: ContractionKernel) => {
  const products = isQuantized(kernel) ? [] : productsOf(kernel);
  const lanes = innermost(classify(kernel.root).n);
  const isFar = (p: ContractionPrim) => lanes !== undefined && isScattered(p, lanes);
  return {
    a: products.flatMap((p) => (isFar(p) ? [] : alongSum(p, 'a'))),
    b: products.flatMap((p) => (isFar(p) ? alongSum(p, 'b') : [])),
  };
});

/** Whether lanes load vectors of an operand along the sum. */
export const isAlong = (product: ContractionPrim, which: 'a' | 'b', vectors: Vectors | undefined): boolean =>
  vectors?.sums[which] === true && vectorSum(product, which) !== undefined;

/** The names of the loops over vectors along a loop, and over their parts. */
export const quadOf = (name: string) => [`${name}_quad`, `${name}_part`] as const;

/**
 * The vectors of a tile in lanes; undefined where there are none. A subgroup that computes all tiles `alone` has its
 * operands in workgroup memory, where vectors along sums do not pay.
 */
export function vectorsInLanes(
  kernel: ContractionKernel,
  tile: Pick<Tile, 'rows' | 'cols'>,
  alone: boolean,
): Vectors | undefined {
  const reach = reachOf(kernel);
  const sums = sumsOf(kernel);
  const [inRows, inCols] = [isMultiple(tile.rows), isMultiple(tile.cols)];
  const rows = inRows ? reach.rows : [];
  const cols = inCols ? [...reach.cols, ...reach.after] : [];
  const a = alone || tile.rows > MOST_ROWS ? [] : sums.a;
  const b = alone ? [] : sums.b;
  const out = inCols && reach.out;
  const args = new Set([...rows, ...cols, ...a, ...b]);
  if (args.size === 0 && !out) return undefined;
  return {
    rows: rows.length > 0,
    cols: out || cols.length > 0,
    sums: { a: a.length > 0, b: b.length > 0 },
    args: besideOut(kernel, args, out),
    out,
  };
}

/** The cycles of a tile's loads and stores, relative to those of single elements: `by` for vectors, else 1. */
export function sharesOf(
  kernel: ContractionKernel,
  tile: Pick<Tile, 'rows' | 'cols'>,
  alone: boolean,
  by: number,
) {
  const reach = reachOf(kernel);
  const vectors = vectorsInLanes(kernel, tile, alone);
  return {
    left: vectors?.rows || vectors?.sums.a ? by : 1,
    right: vectors?.sums.b || (reach.cols.length > 0 && vectors?.cols) ? by : 1,
    out: vectors?.out ? by : 1,
  };
}

/** The arguments of two operands that are both contiguous along the sum, as vectors; undefined where one is not. */
export function vectorsAlongSums(kernel: ContractionKernel): ReadonlySet<number> | undefined {
  const { root } = kernel;
  const inner = vectorSum(root, 'a');
  if (inner === undefined || vectorSum(root, 'b') !== inner || kernel.added) return undefined;
  const args = new Set([root.a, root.b].flatMap((e) => vectorsAlong(e, inner, root)));
  return besideOut(kernel, args, false);
}
