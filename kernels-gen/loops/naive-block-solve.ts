/**
 * The naive loops of a solve A·X = B by blocks: block Gauss–Jordan elimination of the rows [A B] without pivoting. Step k
 * takes block k of A's columns. It inverts the diagonal block D, multiplies the rows of D by D⁻¹, which gives R, and
 * subtracts Aᵢₖ·R from each other row i, in all columns after block k.
 */
import { constantOf, type Dim, dimConst, productDim } from '../../compiler/dims/dims.ts';
import { fromNumber } from '../../compiler/dims/rational.ts';
import {
  and,
  ax,
  call,
  iadd,
  ieq,
  ilt,
  imul,
  int,
  iselect,
  load,
  not,
  select,
  extentOf as sizeOf,
} from '../../compiler/primitives/build.ts';
import type { BoolExpr, Expr, IntExpr } from '../../compiler/primitives/expr.ts';
import type { Axis, SolvePrim } from '../../compiler/primitives/prim.ts';
import type { Kernel } from '../fuse/kernel.ts';
import { LoopError } from './error.ts';
import { inputsOf } from './naive.ts';
import { operandsOf, type SolveOperands } from './naive-solve.ts';
import { checked } from './spec.ts';
import { type Body, type LoopKernel, type Memory, type Statement, trips } from './type.ts';

const [zero, one] = [0, 1].map((value): Expr => ({ k: 'const', value: fromNumber(value) })) as [Expr, Expr];

/** The numbers of the memories that follow the arguments. */
const memoriesAfter = (args: number) => ({
  ...{ out: args, rows: args + 1, element: args + 2, d: args + 3 },
  ...{ row: args + 4, by: args + 5, r: args + 6, rest: args + 7 },
});

export interface BlockSizes {
  /** The number of rows and columns of a block. */
  readonly block: number;
  /** The number of columns of B in a chunk: a multiple of `block`. */
  readonly columns: number;
}

interface Frame extends BlockSizes, SolveOperands {
  readonly to: ReturnType<typeof memoriesAfter>;
  readonly n: number;
  readonly m: Dim;
  /** n rounded up to whole blocks. Rows and columns beyond n are those of the identity. */
  readonly height: number;
  /** The indices of the system that an iteration works on, over the batch dimensions. */
  readonly system: readonly IntExpr[];
}

/** The number of rows, rounded up to whole blocks. */
export const heightOf = (n: number, block: number): number => Math.ceil(n / block) * block;

/** The loops over systems and over chunks of columns of B, each of which eliminates A again in an array of its own. */
export function naiveBlockSolve(
  { tensor, root }: Kernel & { readonly root: SolvePrim },
  { block, columns }: BlockSizes,
): LoopKernel {
  if (root.pivots) throw new LoopError('form', 'a solve by blocks does not pivot');
  const [rows, m] = tensor.shape.slice(-2) as [Dim, Dim];
  const n = constantOf(rows);
  if (n === undefined || columns % block !== 0)
    throw new LoopError('form', `${columns} columns beside A are no whole blocks of ${block}`);
  const batch = tensor.shape.slice(0, -2).map((extent, d): Axis => ({ name: `b${d}`, extent }));
  const height = heightOf(n, block);
  const system = batch.map((b) => ax(b.name));
  const own = { to: memoriesAfter(root.args.length), ...operandsOf(root, system) };
  const f: Frame = { block, columns, n, m, height, system, ...own };
  const chunk: Body = [
    { k: 'digits', axes: batch, of: ax('system') },
    ...fill(f),
    ...eliminate(f),
    ...finish(f),
  ];
  const memory = (name: string, space: Memory['space'], ...shape: readonly number[]): Memory => ({
    ...{ name, space, dtype: 'f32' },
    shape: shape.map(dimConst),
  });
  const memories: readonly Memory[] = [
    ...inputsOf({ root }),
    { name: 'out', space: 'output', shape: tensor.shape, dtype: tensor.dtype },
    memory('rows', 'workgroup', height, height + columns),
    memory('element', 'register'),
    memory('d', 'register', block, block),
    memory('row', 'register', block),
    memory('by', 'register'),
    memory('r', 'register', block),
    memory('rest', 'register'),
  ];
  const chunks: Statement = { k: 'for', axis: 'chunk', trips: trips(m, columns), how: 'serial', body: chunk };
  return checked({
    memories,
    threads: 1,
    body: [loop('system', productDim(batch.map((b) => b.extent)), chunks)],
  });
}

const loop = (axis: string, extent: Dim | number, ...body: Body): Statement => ({
  ...{
    k: 'for',
    axis,
    trips: trips(typeof extent === 'number' ? dimConst(extent) : extent),
    how: 'serial',
    body,
  },
});
const store = (to: number, index: readonly IntExpr[], value: Expr): Statement => ({
  ...{ k: 'store', to, index, value },
});
const when = (cond: BoolExpr, ...body: Body): Statement => ({ k: 'if', cond, body });

/** The column of B that is a column of the chunk. */
const columnOf = ({ columns }: Frame, j: IntExpr): IntExpr => iadd(imul(ax('chunk'), int(columns)), j);

/** Fills the rows [A B]. Rows and columns beyond A are those of the identity, and columns that B does not have are 0. */
function fill(f: Frame): Body {
  const { n, m, height, columns, to } = f;
  const [i, ja, jb] = [ax('fi'), ax('ja'), ax('jb')];
  const isWhole = n === height;
  const filled = (
    at: IntExpr,
    value: Expr,
    isThere: BoolExpr | undefined,
    beyond: Expr,
    ...names: Body
  ): Body =>
    isThere === undefined
      ? [...names, store(to.rows, [i, at], value)]
      : [
          store(to.element, [], beyond),
          when(and(ilt(i, int(n)), isThere), ...names, store(to.element, [], value)),
          store(to.rows, [i, at], load(to.element, [])),
        ];
  const isOfA = isWhole ? undefined : ilt(ja, int(n));
  const fixed = constantOf(m);
  const hasAll = isWhole && fixed !== undefined && fixed % columns === 0;
  const isOfB = hasAll ? undefined : ilt(columnOf(f, jb), sizeOf(m));
  const name: Statement = { k: 'let', name: 'column', value: columnOf(f, jb), extent: m };
  const identity = select(ieq(i, ja), one, zero);
  return [
    loop(
      'fi',
      height,
      loop('ja', height, ...filled(ja, f.a(i, ja), isOfA, identity)),
      loop('jb', columns, ...filled(iadd(int(height), jb), f.b(i, ax('column')), isOfB, zero, name)),
    ),
  ];
}

function eliminate(f: Frame): Body {
  const { block, height, columns, to } = f;
  const [p, s, k] = [ax('dp'), ax('ds'), imul(ax('k'), int(block))];
  const diagonal = load(to.rows, [iadd(k, p), iadd(k, s)]);
  const blocks = trips(dimConst((height + columns) / block));
  return [
    loop(
      'k',
      height / block,
      loop('dp', block, loop('ds', block, store(to.d, [p, s], diagonal))),
      loop('q', block, ...invert(f)),
      {
        ...{ k: 'for', axis: 'next', trips: blocks, how: 'serial' },
        from: { value: iadd(ax('k'), int(1)), step: 1 },
        body: [loop('t', block, ...change(f, k, iadd(imul(ax('next'), int(block)), ax('t'))))],
      },
    ),
  ];
}

/** Eliminates row q of the diagonal block in place. When all rows are eliminated, the block is its inverse. */
function invert({ block, to }: Frame): Body {
  const [q, i, s] = [ax('q'), ax('i'), ax('s')];
  const scaled = call('div', select(ieq(s, q), one, load(to.d, [q, s])), load(to.d, [q, q]));
  const kept = select(ieq(s, q), zero, load(to.d, [i, s]));
  const changed = call('sub', kept, call('mul', load(to.by, []), load(to.row, [s])));
  return [
    loop('s', block, store(to.row, [s], scaled)),
    loop(
      'i',
      block,
      when(
        not(ieq(i, q)),
        store(to.by, [], load(to.d, [i, q])),
        loop('s', block, store(to.d, [i, s], changed)),
      ),
    ),
    loop('s', block, store(to.d, [q, s], load(to.row, [s]))),
  ];
}

/** Changes column j: it computes R from the rows of block k, and subtracts Aᵢₖ·R from the others. */
function change({ block, height, to: at }: Frame, k: IntExpr, j: IntExpr): Body {
  const [p, c, i] = [ax('p'), ax('c'), ax('row_i')];
  const sum = (to: number, index: readonly IntExpr[], value: Expr): Statement => ({
    ...{ k: 'accumulate', to, index, combine: 'sum', value },
  });
  const product = call('mul', load(at.d, [p, c]), load(at.rows, [iadd(k, c), j]));
  const taken = call('mul', load(at.rows, [i, iadd(k, ax('e'))]), load(at.r, [ax('e')]));
  const other = iadd(ax('other'), iselect(ilt(ax('other'), k), int(0), int(block)));
  return [
    loop('p', block, store(at.r, [p], zero)),
    loop('p', block, loop('c', block, sum(at.r, [p], product))),
    loop('p', block, store(at.rows, [iadd(k, p), j], load(at.r, [p]))),
    loop(
      'other',
      height - block,
      { k: 'let', name: 'row_i', value: other, extent: dimConst(height) },
      store(at.rest, [], load(at.rows, [i, j])),
      loop('e', block, sum(at.rest, [], call('neg', taken))),
      store(at.rows, [i, j], load(at.rest, [])),
    ),
  ];
}

/** Stores X, which has replaced B. */
function finish(f: Frame): Body {
  const { n, m, height, columns, system, to } = f;
  const [i, j] = [ax('xi'), ax('xj')];
  const x = load(to.rows, [i, iadd(int(height), j)]);
  const rows = loop('xi', n, store(to.out, [...system, i, columnOf(f, j)], x));
  return [loop('xj', columns, when(ilt(columnOf(f, j), sizeOf(m)), rows))];
}
