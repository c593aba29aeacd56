/** Finds the operands and results that a contraction loads and stores as vectors of four. */
import { constantOf } from '../../../compiler/dims/dims.ts';
import type { Expr } from '../../../compiler/primitives/expr.ts';
import type { Axis, ContractionPrim } from '../../../compiler/primitives/prim.ts';
import { loadsOf } from '../../../compiler/primitives/visit.ts';
import { classify, innermost, longest } from '../../fuse/axes.ts';
import { type ContractionKernel, productsOf } from '../../fuse/kernel.ts';
import { remembered } from '../../remembered.ts';
import { isMultiple, isVector, vectorsAlong } from '../vectors.ts';
import type { Tile } from './tile.ts';

/** The loads and stores of a schedule that move vectors of VECTOR neighbours. */
export interface Vectors {
  /** Whether a thread's positions along each direction are neighbours. */
  readonly rows: boolean;
  readonly cols: boolean;
  /** Whether each operand is loaded as vectors along the sum. */
  readonly sums: Readonly<Record<'a' | 'b', boolean>>;
  /** The arguments that are declared as arrays of vectors, and whether the result is. */
  readonly args: ReadonlySet<number>;
  readonly out: boolean;
}

/**
 * Vectors are loaded along sums whose length is a multiple of this number. Other lengths were not measured. Eight lanes that
 * share the vectors each have a whole number of them.
 */
const STEPS = 32;

/**
 * The axis of a product's sum along which an operand is loaded as vectors; undefined where it is not. The operand must
 * be a single load, because the text of several would be slow to compile.
 */
export function vectorSum(root: ContractionPrim, which: 'a' | 'b'): Axis | undefined {
  const inner = longest(root.over);
  if (inner === undefined || !isMultiple(constantOf(inner.extent), STEPS)) return undefined;
  const operand = root[which];
  return operand.k === 'load' && isVector(operand, inner, root) ? inner : undefined;
}

/** The arguments that an operand loads as vectors along the product's sum. */
export function alongSum(product: ContractionPrim, which: 'a' | 'b'): number[] {
  const inner = vectorSum(product, which);
  return inner ? vectorsAlong(product[which], inner, product) : [];
}

/** The arguments that can be loaded as vectors, by direction, and whether results can be stored as vectors. */
export interface Reach {
  /** The left operand's arguments along rows, the right one's along columns, and the epilogue's along columns. */
  readonly rows: readonly number[];
  readonly cols: readonly number[];
  readonly after: readonly number[];
  /** The arguments of each operand along the sum. */
  readonly sums: Readonly<Record<'a' | 'b', readonly number[]>>;
  readonly out: boolean;
}

const NOWHERE: Reach = {
  rows: [],
  cols: [],
  after: [],
  sums: { a: [], b: [] },
  out: false,
};
/** Whether any argument is quantised. */
export const isQuantized = ({ root }: ContractionKernel): boolean =>
  root.args.some((a) => a.kind === 'input' && a.storage !== undefined);

export const reachOf = remembered((kernel: ContractionKernel): Reach => {
  const { root, epilogue } = kernel;
  const products = productsOf(kernel);
  const sums = {
    a: products.flatMap((p) => alongSum(p, 'a')),
    b: products.flatMap((p) => alongSum(p, 'b')),
  };
  // The columns of a thread share the words of a quantised tensor, so that they are not neighbours.
  if (isQuantized(kernel)) return { ...NOWHERE, sums };
  const { m, n } = classify(root);
  const along = (axes: readonly Axis[]) => {
    const axis = innermost(axes);
    return axis !== undefined && isMultiple(constantOf(axis.extent)) ? axis : undefined;
  };
  const [row, col] = [along(m), along(n)];
  return {
    rows: row ? products.flatMap((p) => vectorsAlong(p.a, row, p)) : [],
    cols: col ? products.flatMap((p) => vectorsAlong(p.b, col, p)) : [],
    after: col && epilogue ? vectorsAlong(epilogue, col, root) : [],
    sums,
    out: col !== undefined && innermost(root.axes) === col,
  };
});

/**
 * The vectors that a tile loads and stores, where each thread loads for itself or computes rows in turn;
 * undefined where there are none. `alongSums` allows vectors along sums. An argument that one operand loads
 * as vectors and another as single elements is declared as elements: an element at a variable index of a
 * vector is slow to load.
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

/** The arguments that are declared as vectors. One that the result overwrites is declared as the result is. */
export function besideOut({ root, overwrites }: ContractionKernel, args: ReadonlySet<number>, out: boolean) {
  const over = overwrites ? root.args.indexOf(overwrites.tensor) : -1;
  const others = [...args].filter((a) => a !== over);
  return new Set(out && over >= 0 ? [...others, over] : others);
}
