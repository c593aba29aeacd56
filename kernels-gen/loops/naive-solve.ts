/**
 * The naive loops of a solve A·X = B: Gauss–Jordan elimination of the rows [A B], with partial pivoting or without. Step k
 * reads column k and does not write it, so that invocations may have columns of their own.
 */
import { addDim, constantOf, type Dim, dimConst, productDim } from '../../compiler/dims/dims.ts';
import {
  ax,
  call,
  constant,
  iadd,
  ieq,
  iload,
  ilt,
  imul,
  int,
  load,
  not,
  select,
  extentOf as sizeOf,
} from '../../compiler/primitives/build.ts';
import type { BoolExpr, Expr, IntExpr } from '../../compiler/primitives/expr.ts';
import type { Axis, SolvePrim } from '../../compiler/primitives/prim.ts';
import { rewriteExpr, substituteAxes } from '../../compiler/primitives/substitute.ts';
import type { Kernel } from '../fuse/kernel.ts';
import { inputsOf } from './naive.ts';
import { checked } from './spec.ts';
import { type Body, type LoopKernel, type Memory, type Statement, trips } from './type.ts';

const zero = constant(0);

/** Gives the elements of a solve's operands. A kernel evaluates each where it needs it. */
export interface SolveOperands {
  /** The element of A in row i and column k. */
  readonly a: (i: IntExpr, k: IntExpr) => Expr;
  /** The element of B in row i and column j. */
  readonly b: (i: IntExpr, j: IntExpr) => Expr;
}

/** The operands of the system with these indices of the batch axes. */
export function operandsOf({ axes, over, a, b }: SolvePrim, system: readonly IntExpr[]): SolveOperands {
  const [row, column, step] = [axes.at(-2)!, axes.at(-1)!, over[0]!];
  const batch = system.map((index, n) => [axes[n]!.name, index] as const);
  const at = (e: Expr, i: IntExpr, other: string, index: IntExpr): Expr =>
    rewriteExpr(e, substituteAxes(new Map([...batch, [row.name, i], [other, index]])));
  return { a: (i, k) => at(a, i, step.name, k), b: (i, j) => at(b, i, column.name, j) };
}

/** The numbers of the memories that follow the arguments. */
const memoriesAfter = (args: number) => ({
  ...{ out: args, rows: args + 1, pivot: args + 2, factor: args + 3, best: args + 4 },
});

/** The sizes of a solve, and the places of its elements. */
interface Frame extends ReturnType<typeof memoriesAfter>, SolveOperands {
  readonly n: Dim;
  /** The number of columns of B in a chunk. */
  readonly held: Dim;
  /** The indices of the system that an iteration works on, over the batch dimensions. */
  readonly system: readonly IntExpr[];
  /** The place of row i and column j of [A B]. */
  readonly at: (i: IntExpr, j: IntExpr) => readonly IntExpr[];
  /** The column of B that is column j of the chunk. */
  readonly column: (j: string) => IntExpr;
  /** Whether B has that column; undefined where every chunk is full. */
  readonly isThere: ((j: string) => BoolExpr) | undefined;
}

/**
 * The loops over systems and over chunks of `columns` columns of B, each of which eliminates A again in an array of its
 * own. Without `columns`, a temporary has all rows of all systems, and a system is one chunk.
 */
export function naiveSolve(
  { tensor, root }: Kernel & { readonly root: SolvePrim },
  columns?: number,
): LoopKernel {
  const [n, m] = tensor.shape.slice(-2) as [Dim, Dim];
  const batch = tensor.shape.slice(0, -2).map((extent, d): Axis => ({ name: `b${d}`, extent }));
  const systems = productDim(batch.map((b) => b.extent));
  const held = columns === undefined ? m : dimConst(columns);
  const fixed = constantOf(m);
  const isFull = columns === undefined || (fixed !== undefined && fixed % columns === 0);
  const column = (j: string) => iadd(imul(ax('chunk'), sizeOf(held)), ax(j));
  const system = batch.map((b) => ax(b.name));
  const frame: Frame = {
    ...{ n, held, column, system, ...memoriesAfter(root.args.length), ...operandsOf(root, system) },
    at: (i, j) => (columns === undefined ? [ax('system'), i, j] : [i, j]),
    isThere: isFull ? undefined : (j) => ilt(column(j), sizeOf(m)),
  };
  const chunk: Body = [
    { k: 'digits', axes: batch, of: ax('system') },
    ...fill(frame),
    ...(root.pivots ? eliminateByLargest(frame) : eliminate(frame)),
    ...finish(frame, root.pivots),
  ];
  const chunks = columns === undefined ? trips(dimConst(1)) : trips(m, columns);
  const body: Body = [
    loop('system', systems, [{ k: 'for', axis: 'chunk', trips: chunks, how: 'serial', body: chunk }]),
  ];
  const width = addDim(n, held);
  const rows: Memory =
    columns === undefined
      ? { name: 'scratch', space: 'temporary', shape: [systems, n, width], dtype: 'f32' }
      : { name: 'rows', space: 'workgroup', shape: [n, width], dtype: 'f32' };
  const output: Memory = { name: 'out', space: 'output', shape: tensor.shape, dtype: tensor.dtype };
  const register = (name: string): Memory => ({ name, space: 'register', shape: [], dtype: 'f32' });
  const best: Memory = { ...register('best'), dtype: 'i32' };
  const memories = [
    ...[...inputsOf({ root }), output, rows, register('pivot'), register('factor')],
    ...(root.pivots ? [best] : []),
  ];
  return checked({ memories, threads: 1, body });
}

const loop = (axis: string, extent: Dim, body: Body, from?: IntExpr): Statement => ({
  ...{ k: 'for', axis, trips: trips(extent), how: 'serial', body },
  ...(from ? { from: { value: from, step: 1 } } : {}),
});
const store = (to: number, index: readonly IntExpr[], value: Expr): Statement => ({
  k: 'store',
  to,
  index,
  value,
});
/** The column of [A B] that is column j of B's chunk. */
const right = ({ n }: Frame, j: IntExpr): IntExpr => iadd(sizeOf(n), j);

/** Loads [A B]. Columns that B does not have are 0. */
function fill(f: Frame): Body {
  const { n, held, at, column, isThere, rows } = f;
  const a = f.a(ax('ia'), ax('ja'));
  const b = f.b(ax('ib'), column('jb'));
  const known = isThere ? select(isThere('jb'), b, zero) : b;
  return [
    loop('ja', n, [loop('ia', n, [store(rows, at(ax('ia'), ax('ja')), a)])]),
    loop('jb', held, [loop('ib', n, [store(rows, at(ax('ib'), right(f, ax('jb'))), known)])]),
  ];
}

/** Takes row k from all others, for each k: row i loses aᵢₖ / aₖₖ of it. Row k is scaled only at the end. */
function eliminate({ n, held, at, rows, pivot, factor }: Frame): Body {
  const [i, j, k] = [ax('i'), ax('j'), ax('k')];
  const cell = (row: IntExpr, col: IntExpr): Expr => load(rows, at(row, col));
  const taken = call('neg', call('mul', cell(i, k), load(factor, [])));
  const row: Body = [
    {
      ...{ k: 'if', cond: not(ieq(i, k)) },
      body: [{ k: 'accumulate', to: rows, index: at(i, j), combine: 'sum', value: taken }],
    },
  ];
  const column: Body = [store(factor, [], call('div', cell(k, j), load(pivot, []))), loop('i', n, row)];
  return [loop('k', n, [store(pivot, [], cell(k, k)), loop('j', addDim(n, held), column, iadd(k, int(1)))])];
}

/**
 * As `eliminate`, but step k first exchanges row k and the row `best` below it whose element of column k is the largest,
 * and scales it at once. Only columns after k are exchanged: what is read of column k stands where it stood.
 */
function eliminateByLargest({ n, held, at, ...to }: Frame): Body {
  const [i, j, k, best] = [ax('i'), ax('j'), ax('k'), ax('p')];
  const cell = (row: IntExpr, col: IntExpr): Expr => load(to.rows, at(row, col));
  const [pivot, factor] = [load(to.pivot, []), load(to.factor, [])];
  const candidate = cell(ax('c'), k);
  const take = (row: IntExpr): Body => [
    store(to.pivot, [], cell(row, k)),
    store(to.best, [], { k: 'fromInt', a: row }),
  ];
  const isLarger: BoolExpr = { k: 'flt', a: call('abs', pivot), b: call('abs', candidate) };
  const search = loop('c', n, [{ k: 'if', cond: isLarger, body: take(ax('c')) }], iadd(k, int(1)));
  const multiplier = select(ieq(i, best), cell(k, k), cell(i, k));
  const taken = call('neg', call('mul', multiplier, factor));
  const row: Body = [
    {
      ...{ k: 'if', cond: not(ieq(i, k)) },
      body: [{ k: 'accumulate', to: to.rows, index: at(i, j), combine: 'sum', value: taken }],
    },
  ];
  const column: Body = [
    store(to.factor, [], call('div', cell(best, j), pivot)),
    store(to.rows, at(best, j), cell(k, j)),
    store(to.rows, at(k, j), factor),
    loop('i', n, row),
  ];
  const named: Statement = { k: 'let', name: 'p', value: iload(to.best, []), extent: n };
  return [loop('k', n, [...take(k), search, named, loop('j', addDim(n, held), column, iadd(k, int(1)))])];
}

/** Stores X: B's part of each row, over the row's diagonal element where no step has divided by it. */
function finish(f: Frame, isScaled: boolean): Body {
  const { n, held, system, at, column, isThere, rows: of } = f;
  const [i, j] = [ax('ix'), ax('jx')];
  const reduced = load(of, at(i, right(f, j)));
  const x = isScaled ? reduced : call('div', reduced, load(of, at(i, i)));
  const rows = loop('ix', n, [store(f.out, [...system, i, column('jx')], x)]);
  return [loop('jx', held, isThere ? [{ k: 'if', cond: isThere('jx'), body: [rows] }] : [rows])];
}
