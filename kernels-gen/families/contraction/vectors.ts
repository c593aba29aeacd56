/** What a contraction whose threads or lanes load from storage loads and stores as vectors. */
import { constantOf } from '../../../compiler/ir/dims.ts';
import type { Expr } from '../../../compiler/primitives/expr.ts';
import type { Axis, ContractionPrim } from '../../../compiler/primitives/prim.ts';
import { loadsOf } from '../../../compiler/primitives/visit.ts';
import { remembered } from '../../remembered.ts';
import { VECTOR } from '../../wgsl/vectors.ts';
import { LANES } from '../family.ts';
import { isMultiple, isVector, vectorsAlong } from '../vectors.ts';
import { isScattered } from './cycles.ts';
import type { Vectors } from './frame.ts';
import { type ContractionKernel, classify, innermost, longest, productsOf } from './root.ts';
import type { Tile } from './tile.ts';

/**
 * The axis of a product's sum along which vectors of an operand are loaded, of as many steps as lanes load in whole turns;
 * undefined where they are not. The operand is a load and no more: the text of several would be slow to compile.
 */
export function vectorSum(root: ContractionPrim, which: 'a' | 'b'): Axis | undefined {
  const inner = longest(root.over);
  if (inner === undefined || !isMultiple(constantOf(inner.extent), LANES * VECTOR)) return undefined;
  const operand = root[which];
  return operand.k === 'load' && isVector(operand, inner, root) ? inner : undefined;
}

/** Arguments of which vectors can be loaded, by the direction that these lie along, and whether they can be stored. */
interface Reach {
  /** Of the left operand along rows, of the right along columns, and of what finishes a result. */
  readonly rows: readonly number[];
  readonly cols: readonly number[];
  readonly after: readonly number[];
  /** Along the sum: of the right where its columns lie far apart, and else of the left. */
  readonly a: readonly number[];
  readonly b: readonly number[];
  /** The same of either wherever it can be. */
  readonly sums: Readonly<Record<'a' | 'b', readonly number[]>>;
  readonly out: boolean;
}

const NOWHERE: Reach = {
  rows: [],
  cols: [],
  after: [],
  a: [],
  b: [],
  sums: { a: [], b: [] },
  out: false,
};
/** Rows of a tile that vectors along the sum are loaded of: the text of more is slow to compile, and they turn too slowly. */
const MOST_ROWS = 16;

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
  const isFar = (p: ContractionPrim) => lanes !== undefined && isScattered(p, lanes);
  const alongSum = (p: ContractionPrim, which: 'a' | 'b') => {
    const inner = vectorSum(p, which);
    return inner ? vectorsAlong(p[which], inner, p) : [];
  };
  return {
    rows: row ? products.flatMap((p) => vectorsAlong(p.a, row, p)) : [],
    cols: col ? products.flatMap((p) => vectorsAlong(p.b, col, p)) : [],
    after: col && epilogue ? vectorsAlong(epilogue, col, root) : [],
    a: products.flatMap((p) => (isFar(p) ? [] : alongSum(p, 'a'))),
    b: products.flatMap((p) => (isFar(p) ? alongSum(p, 'b') : [])),
    sums: {
      a: products.flatMap((p) => alongSum(p, 'a')),
      b: products.flatMap((p) => alongSum(p, 'b')),
    },
    out: col !== undefined && innermost(root.axes) === col,
  };
});

/**
 * Of a tile in lanes; undefined where it is the same without. A subgroup that goes from tile to tile `alone` has operands in
 * workgroup memory, and does better without vectors along sums.
 */
export function vectorsInLanes(
  kernel: ContractionKernel,
  tile: Pick<Tile, 'rows' | 'cols'>,
  alone: boolean,
): Vectors | undefined {
  const reach = reachOf(kernel);
  const [inRows, inCols] = [isMultiple(tile.rows), isMultiple(tile.cols)];
  const rows = inRows ? reach.rows : [];
  const cols = inCols ? [...reach.cols, ...reach.after] : [];
  const a = alone || tile.rows > MOST_ROWS ? [] : reach.a;
  const b = alone ? [] : reach.b;
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

/**
 * Of a tile whose threads load alone, or whose rows come one after the other; along sums, too, unless that is not wanted.
 * undefined where it is the same without. What one operand loads as vectors and another as single elements is declared as
 * these: a part of a vector that is known only when it runs is slow to load.
 */
export function vectorsAlone(
  kernel: ContractionKernel,
  tile: Pick<Tile, 'rows' | 'cols'>,
  alongSums = true,
): Vectors | undefined {
  const { rows: down, cols: across, after, out: whole, ...reach } = reachOf(kernel);
  const { sums } = alongSums ? reach : NOWHERE;
  const [inRows, inCols] = [isMultiple(tile.rows), isMultiple(tile.cols)];
  const out = inCols && whole;
  const loaded = (es: readonly Expr[]) => es.flatMap(loadsOf).map((l) => l.arg);
  const products = productsOf(kernel);
  const uses = [
    { all: loaded(products.map((p) => p.a)), vectors: [...(inRows ? down : []), ...sums.a] },
    { all: loaded(products.map((p) => p.b)), vectors: [...(inCols ? across : []), ...sums.b] },
    { all: loaded(kernel.epilogue ? [kernel.epilogue] : []), vectors: inCols ? after : [] },
  ];
  const isAlways = (arg: number) => uses.every((u) => !u.all.includes(arg) || u.vectors.includes(arg));
  const args = new Set(uses.flatMap((u) => u.vectors).filter(isAlways));
  if (args.size === 0 && !out) return undefined;
  const some = (of: readonly number[]) => of.some((a) => args.has(a));
  return {
    rows: inRows && some(down),
    cols: out || (inCols && some([...across, ...after])),
    sums: { a: some(sums.a), b: some(sums.b) },
    args: besideOut(kernel, args, out),
    out,
  };
}

/** The tensor that the result is stored over is declared as the result is. */
function besideOut({ root, overwrites }: ContractionKernel, args: ReadonlySet<number>, out: boolean) {
  const over = overwrites ? root.args.indexOf(overwrites.tensor) : -1;
  const others = [...args].filter((a) => a !== over);
  return new Set(out && over >= 0 ? [...others, over] : others);
}

/** What of the cycles of its elements lanes take for what they load and store in a tile, where vectors take `by` of them. */
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

/** Of operands that lie along their sums, both as vectors; undefined where one is not. */
export function vectorsAlongSums(kernel: ContractionKernel): Vectors | undefined {
  const { root } = kernel;
  const inner = vectorSum(root, 'a');
  if (inner === undefined || vectorSum(root, 'b') !== inner || kernel.added) return undefined;
  const args = new Set([root.a, root.b].flatMap((e) => vectorsAlong(e, inner, root)));
  const sums = { a: true, b: true };
  return { rows: false, cols: false, sums, args: besideOut(kernel, args, false), out: false };
}
