/** What a contraction in lanes loads and stores as vectors. */
import { constantOf } from '../../../compiler/ir/dims.ts';
import type { Axis, ContractionPrim } from '../../../compiler/primitives/prim.ts';
import { remembered } from '../../remembered.ts';
import { VECTOR } from '../../wgsl/vectors.ts';
import { LANES } from '../family.ts';
import { isMultiple, vectorsAlong } from '../vectors.ts';
import { isScattered } from './cycles.ts';
import type { Vectors } from './emit.ts';
import { type ContractionKernel, classify, innermost, longest, productsOf } from './root.ts';
import type { Tile } from './tile.ts';

/** The axis of a product's sum along which lanes load vectors of an operand; undefined where they do not. */
export function vectorSum(root: ContractionPrim, which: 'a' | 'b'): Axis | undefined {
  const inner = longest(root.over);
  if (inner === undefined || !isMultiple(constantOf(inner.extent), LANES * VECTOR)) return undefined;
  return vectorsAlong(root[which], inner, root).length > 0 ? inner : undefined;
}

/** Arguments that lanes can load vectors of, by the direction that these lie along, and whether they can store them. */
interface Reach {
  /** Of the left operand along rows, of the right along columns, and of what finishes a result. */
  readonly rows: readonly number[];
  readonly cols: readonly number[];
  readonly after: readonly number[];
  /** Of one operand along the sum. */
  readonly sums: readonly number[];
  readonly out: boolean;
}

const NOWHERE: Reach = { rows: [], cols: [], after: [], sums: [], out: false };

const reachOf = remembered((kernel: ContractionKernel): Reach => {
  const { root, epilogue } = kernel;
  if (root.args.some((a) => a.kind === 'input' && a.storage)) return NOWHERE;
  const { m, n } = classify(root);
  const along = (axes: readonly Axis[]) => {
    const axis = innermost(axes);
    return axis !== undefined && isMultiple(constantOf(axis.extent)) ? axis : undefined;
  };
  const [row, col] = [along(m), along(n)];
  const products = productsOf(kernel);
  const lanes = innermost(n);
  return {
    rows: row ? products.flatMap((p) => vectorsAlong(p.a, row, p)) : [],
    cols: col ? products.flatMap((p) => vectorsAlong(p.b, col, p)) : [],
    after: col && epilogue ? vectorsAlong(epilogue, col, root) : [],
    sums: products.flatMap((p) => {
      const which = lanes && isScattered(p, lanes) ? 'b' : 'a';
      const inner = vectorSum(p, which);
      return inner ? vectorsAlong(p[which], inner, p) : [];
    }),
    out: col !== undefined && innermost(root.axes) === col,
  };
});

/** Of a tile in lanes; undefined where it is the same without. */
export function vectorsInLanes(kernel: ContractionKernel, tile: Tile): Vectors | undefined {
  const reach = reachOf(kernel);
  const [inRows, inCols] = [isMultiple(tile.rows), isMultiple(tile.cols)];
  const rows = inRows ? reach.rows : [];
  const ofCols = inCols ? [...reach.cols, ...reach.after] : [];
  const out = inCols && reach.out;
  const args = new Set([...rows, ...ofCols, ...reach.sums]);
  if (args.size === 0 && !out) return undefined;
  return { rows: rows.length > 0, cols: out || ofCols.length > 0, args: besideOut(kernel, args, out), out };
}

/** The tensor that the result is stored over is declared as the result is. */
function besideOut({ root, overwrites }: ContractionKernel, args: ReadonlySet<number>, out: boolean) {
  const over = overwrites ? root.args.indexOf(overwrites.tensor) : -1;
  const others = [...args].filter((a) => a !== over);
  return new Set(out && over >= 0 ? [...others, over] : others);
}

/** Cycles of what lanes load and store in a tile of theirs, where vectors take `by` of the cycles of elements. */
export function inVectors(kernel: ContractionKernel, by: number) {
  const { rows, cols, sums, out } = reachOf(kernel);
  const { root } = kernel;
  const lanes = innermost(classify(root).n);
  const right = lanes !== undefined && isScattered(root, lanes) && sums.length > 0;
  return (tile: Pick<Tile, 'rows' | 'cols'>) => ({
    left: (sums.length > 0 && !right) || (rows.length > 0 && isMultiple(tile.rows)) ? by : 1,
    right: right || (cols.length > 0 && isMultiple(tile.cols)) ? by : 1,
    out: out && isMultiple(tile.cols) ? by : 1,
  });
}

/** Of operands that lie along their sums, both as vectors; undefined where one is not. */
export function vectorsAlongSums(kernel: ContractionKernel): Vectors | undefined {
  const { root } = kernel;
  const inner = vectorSum(root, 'a');
  if (inner === undefined || vectorSum(root, 'b') !== inner || kernel.added) return undefined;
  const args = new Set([root.a, root.b].flatMap((e) => vectorsAlong(e, inner, root)));
  return { rows: false, cols: false, args: besideOut(kernel, args, false), out: false };
}
