/**
 * A matrix that is zero but at k positions, and its adjoint, the elements of a matrix at these positions. The matrix is
 * formed by a search: the positions are sorted, so each element finds its value, and no element is written twice.
 */
import { constantOf, type Dim, dimConst, equalDim, ofTokens, printDim, productDim } from '../dims/dims.ts';
import { OftcError } from '../errors/error.ts';
import { apply, printShape } from '../ir/build.ts';
import type { Node, OpNode, TensorType } from '../ir/node.ts';
import { type Lowering, register } from '../ir/operator.ts';
import {
  ax,
  axesOf,
  axis,
  constant,
  contraction,
  iadd,
  idiv,
  ieq,
  iload,
  ilt,
  imul,
  int,
  iselect,
  load,
  map,
  reduce,
  select,
} from '../primitives/build.ts';
import type { Expr, IntExpr } from '../primitives/expr.ts';
import type { Axis, Prim, ScatterPrim } from '../primitives/prim.ts';
import { dims, type SurfaceArg, tensor } from './arguments.ts';
import { isOp, product } from './nodes.ts';
import { floatDtype, matrixOf } from './shapes.ts';

/** The elements that share a search, and the parts into which a step of it divides what is left. */
const RUN = 8;

const sizeOf = (node: OpNode): [rows: Dim, columns: Dim] => [node.attrs.rows as Dim, node.attrs.cols as Dim];

/** Checks positions, integers of shape (2, k) or (3, k), and returns k. Throws OFT2003 and OFT2005. */
function countOf({ dtype, shape }: TensorType, what: string): Dim {
  const declare = "declare p: frozen(2, 'k', { dtype: 'i32', init: { positions: 'W' } })";
  if (dtype !== 'i32')
    throw new OftcError(
      'OFT2005',
      `${what} needs positions (dtype 'i32'), got ${dtype} ${printShape(shape)}: ${declare}`,
    );
  const [form, k] = shape;
  if (!k || shape.length !== 2 || ofTokens(k) || ![2, 3].includes(constantOf(form!) ?? 0))
    throw new OftcError(
      'OFT2003',
      `${what}: positions are (2, k), rows above columns, or (3, k), with the order that sorts them below, not ${printShape(shape)}: ${declare}`,
    );
  return k;
}

/** Throws OFT2003 for more positions than a matrix has elements, or more elements than 32 bits count. */
function checkCount(k: Dim, [rows, columns]: readonly [Dim, Dim]): void {
  const [count, all] = [constantOf(k), constantOf(productDim([rows, columns]))];
  if (all === undefined || (count ?? 0) <= all) {
    if (all === undefined || all < 2 ** 31 - RUN) return;
    throw new OftcError('OFT2003', `sparse: a matrix of ${all} elements is larger than 2³¹`);
  }
  throw new OftcError(
    'OFT2003',
    `sparse: a matrix of ${printDim(rows)}×${printDim(columns)} has no ${count} positions: choose at most ${all}`,
  );
}

register({
  name: 'sparse',
  takes: { args: 2, attrs: { rows: 'dim', cols: 'dim' } },
  law: 'S[p[0, j], p[1, j]] = v[j], and 0 elsewhere',
  type: ([v, p], attrs) => {
    const k = countOf(p!, 'sparse');
    const [rows, cols] = [attrs.rows, attrs.cols] as [Dim, Dim];
    if (v!.shape.length !== 1 || !equalDim(v!.shape[0]!, k))
      throw new OftcError(
        'OFT2002',
        `sparse: ${printShape(v!.shape)} are not one value for each of the '${printDim(k)}' positions`,
      );
    if (ofTokens(rows) || ofTokens(cols))
      throw new OftcError('OFT2003', `sparse: the size ${printShape([rows, cols])} depends on tokens`);
    checkCount(k, [rows, cols]);
    return { shape: [rows, cols], dtype: floatDtype([v!], 'sparse') };
  },
  positions: sizeOf,
  vjp: (node, g) => [apply('entries', [g, node.args[1]!]), undefined],
  lower: (node, ctx) =>
    ctx.structured ? (searched(node, ctx) ?? scattered(node, ctx)) : scattered(node, ctx),
  print: (node, p) => p.call('sparse', [...node.args.map(p.text), ...sizeOf(node).map(p.dim)]),
  elsewhere: { sparsecootensor: 'sparse', scatter: 'sparse(v, p, rows, columns) places values in zeros' },
});

register({
  name: 'entries',
  takes: { args: 2 },
  law: 'v[j] = A[p[0, j], p[1, j]], the adjoint of sparse',
  type: ([a, p]) => {
    const { batch } = matrixOf(a!, 'entries');
    if (batch.length > 0)
      throw new OftcError('OFT2003', `entries needs a matrix but got ${printShape(a!.shape)}`);
    return { shape: [countOf(p!, 'entries')], dtype: floatDtype([a!], 'entries') };
  },
  vjp: ({ args: [a, p] }, g) => {
    const [rows, cols] = a!.type.shape as [Dim, Dim];
    return [apply('sparse', [g, p!], { rows, cols }), undefined];
  },
  positions: ({ args: [a] }) => a!.type.shape as [Dim, Dim],
  projects: true,
  lower: (node, ctx) => {
    const [a, p] = node.args as [Node, Node];
    const axes = axesOf(node.type.shape);
    const at = (row: number, arg: number) => iload(arg, [int(row), ax('i0')]);
    if (!ctx.structured || !isOp(a, 'matmul'))
      return map(node, axes, [ctx.lower(a), ctx.lower(p)], load(0, [at(0, 1), at(1, 1)]));
    // The last product is computed at these positions alone.
    const left = ctx.lower(product(a.args.slice(0, -1)));
    const right = ctx.lower(a.args.at(-1)!);
    const inner = axis('m', left.shape.at(-1)!);
    const [x, y] = [load(0, [at(0, 2), ax('m')]), load(1, [ax('m'), at(1, 2)])];
    return contraction(node, axes, [inner], [left, right, ctx.lower(p)], x, y);
  },
});

/** The matrix as it is written: zeros, to which values are added. */
function scattered(node: OpNode, ctx: Lowering): ScatterPrim {
  const [v, p] = node.args as [Node, Node];
  const axes = axesOf(v.type.shape);
  return {
    kind: 'scatter',
    ...{ shape: node.type.shape, dtype: node.type.dtype, spans: node.spans, label: 'sparse' },
    args: [ctx.lower(v), ctx.lower(p)],
    axes,
    at: [0, 1].map((row) => iload(1, [int(row), ax('i0')])),
    body: load(0, [ax('i0')]),
  };
}

/** The sorted positions of a matrix: the place of position j among all elements, and the number of its value. */
interface Sorted {
  readonly node: OpNode;
  readonly p: Prim;
  readonly count: number;
  readonly place: (arg: number, j: IntExpr) => IntExpr;
  readonly valueAt: (arg: number, j: IntExpr) => IntExpr;
}

/**
 * The matrix by a search: for each run of RUN elements, the number of positions before it, and then of each element
 * the value of the position in its run that is the element's own. Undefined for sizes that are names.
 */
function searched(node: OpNode, ctx: Lowering): Prim | undefined {
  const [v, p] = node.args as [Node, Node];
  const [count, columns] = [constantOf(v.type.shape[0]!), constantOf(sizeOf(node)[1])];
  const all = constantOf(productDim(sizeOf(node)));
  if (count === undefined || columns === undefined || all === undefined) return undefined;
  const hasOrder = constantOf(p.type.shape[0]!) === 3;
  const within = (j: IntExpr) => iselect(ilt(j, int(count)), j, int(count - 1));
  const valueAt = (arg: number, j: IntExpr) => (hasOrder ? iload(arg, [int(2), j]) : j);
  // Past the last position there is nothing to read: a target may evaluate both sides of a condition.
  const place = (arg: number, j: IntExpr) => {
    const known = valueAt(arg, within(j));
    const [row, column] = [0, 1].map((r) => iload(arg, [int(r), known])) as [IntExpr, IntExpr];
    return iadd(imul(row, int(columns)), column);
  };
  const before = firstOfRuns({ node, p: ctx.lower(p), count, place, valueAt }, all);
  const axes = axesOf(node.type.shape);
  const element = iadd(imul(ax('i0'), int(columns)), ax('i1'));
  const j = iadd(iload(2, [idiv(element, RUN)]), ax('w'));
  const own = select(ieq(place(1, j), element), load(0, [valueAt(1, within(j))]), constant(0));
  const body = select(ilt(j, int(count)), own, constant(0));
  return reduce(node, axes, [axis('w', dimConst(RUN))], [ctx.lower(v), ctx.lower(p), before], body);
}

/**
 * The number of positions before each run. It is found for long runs first, and then within each for its short ones:
 * no run has more positions than elements, so a short search is left.
 */
function firstOfRuns(of: Sorted, elements: number): Prim {
  const long = RUN ** 2;
  const found = search(of, { runs: Math.ceil(elements / long), length: long, most: of.count });
  return search(of, { runs: Math.ceil(elements / RUN), length: RUN, most: long - 1, found });
}

interface Search {
  readonly runs: number;
  /** The number of elements of a run. */
  readonly length: number;
  /** The largest number of positions that may lie between what is found and a run. */
  readonly most: number;
  /** The number of positions before each of the longer runs, RUN times as long. */
  readonly found?: Prim;
}

/** The number of positions before each run. Each step finds the part of what is left in which the number lies. */
function search({ node, p, count, place }: Sorted, { runs, length, most, found }: Search): Prim {
  const run: Axis = axis('f', dimConst(runs));
  const type = { shape: [run.extent], dtype: 'i32' as const };
  const integers = { op: 'positions before', spans: node.spans, type };
  let before: Prim = found
    ? map(integers, [run], [found], load(0, [idiv(ax('f'), RUN)]))
    : map(integers, [run], [], constant(0));
  let step = 1;
  while (step * RUN <= most) step *= RUN;
  for (; step >= 1; step /= RUN) {
    const from = iload(1, [ax('f')]);
    const last = iadd(from, iadd(imul(ax('w'), int(step)), int(step - 1)));
    const isBefore = ilt(place(0, last), imul(ax('f'), int(length)));
    const passed = iselect(ilt(last, int(count)), iselect(isBefore, int(step), int(0)), int(0));
    const sum: Expr = { k: 'fromInt', a: iadd(passed, iselect(ieq(ax('w'), int(0)), from, int(0))) };
    before = reduce(integers, [run], [axis('w', dimConst(RUN - 1))], [p, before], sum);
  }
  return before;
}

export const functions = {
  sparse: (v: SurfaceArg, p: SurfaceArg, rows: SurfaceArg, cols: SurfaceArg) => {
    const [r, c] = dims([rows, cols], 'sparse') as [Dim, Dim];
    return apply('sparse', [tensor(v, 'sparse'), tensor(p, 'sparse')], { rows: r, cols: c });
  },
};
