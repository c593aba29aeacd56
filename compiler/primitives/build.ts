/** Short constructors for primitives and their scalar bodies. */
import { type Dim, dimConst, equalDim, productDim } from '../dims/dims.ts';
import { fromNumber, type Rational } from '../dims/rational.ts';
import type { Span } from '../errors/span.ts';
import type { BoolExpr, Expr, IntExpr, ScalarFn } from './expr.ts';
import type {
  Axis,
  ContractionPrim,
  DType,
  MapPrim,
  Prim,
  ReducePrim,
  SolvePrim,
  TensorType,
} from './prim.ts';

export const ax = (name: string): IntExpr => ({ k: 'axis', name });
export const int = (value: number): IntExpr => ({ k: 'int', value });
export const iadd = (a: IntExpr, b: IntExpr): IntExpr => ({ k: 'iadd', a, b });
export const isub = (a: IntExpr, b: IntExpr): IntExpr => ({ k: 'isub', a, b });
export const imul = (a: IntExpr, b: IntExpr): IntExpr => ({ k: 'imul', a, b });
export const idiv = (a: IntExpr, by: number): IntExpr => ({ k: 'idiv', a, by });
export const imod = (a: IntExpr, by: number): IntExpr => ({ k: 'imod', a, by });
export const iload = (arg: number, index: readonly IntExpr[]): IntExpr => ({ k: 'iload', arg, index });
export const isqrt = (a: IntExpr): IntExpr => ({ k: 'isqrt', a });
export const ilt = (a: IntExpr, b: IntExpr): BoolExpr => ({ k: 'ilt', a, b });
export const ieq = (a: IntExpr, b: IntExpr): BoolExpr => ({ k: 'ieq', a, b });
export const and = (a: BoolExpr, b: BoolExpr): BoolExpr => ({ k: 'and', a, b });
export const or = (a: BoolExpr, b: BoolExpr): BoolExpr => ({ k: 'or', a, b });
export const not = (a: BoolExpr): BoolExpr => ({ k: 'not', a });
export const constant = (value: number | Rational): Expr => ({
  k: 'const',
  value: typeof value === 'number' ? fromNumber(value) : value,
});
export const load = (arg: number, index: readonly IntExpr[]): Expr => ({ k: 'load', arg, index });
export const call = (fn: ScalarFn, ...args: readonly Expr[]): Expr => ({ k: 'call', fn, args });
export const iselect = (cond: BoolExpr, then: IntExpr, otherwise: IntExpr): IntExpr => ({
  k: 'iselect',
  cond,
  then,
  else: otherwise,
});
export const select = (cond: BoolExpr, then: Expr, otherwise: Expr): Expr => ({
  k: 'select',
  cond,
  then,
  else: otherwise,
});

export const axis = (name: string, extent: Dim): Axis => ({ name, extent });
/** One axis per dimension, named prefix0, prefix1, …. */
export const axesOf = (shape: readonly Dim[], prefix = 'i'): Axis[] =>
  shape.map((d, n) => axis(`${prefix}${n}`, d));
export const indices = (axes: readonly Axis[]): IntExpr[] => axes.map((a) => ax(a.name));

/** The computation of a primitive, such as an operator's application: its name, type and place in the source. */
interface Computed {
  readonly op: string;
  readonly type: TensorType;
  readonly spans: readonly Span[];
}

interface Of {
  readonly dtype: DType;
  readonly label: string;
  readonly node: Computed;
}
const common = (of: Of, shape: readonly Dim[], args: readonly Prim[]) => ({
  shape,
  dtype: of.dtype,
  args,
  spans: of.node.spans,
  label: of.label,
});
const of = (node: Computed): Of => ({ dtype: node.type.dtype, label: node.op, node });

export const map = (
  node: Computed,
  axes: readonly Axis[],
  args: readonly Prim[],
  body: Expr,
  shape = node.type.shape,
): MapPrim => ({
  kind: 'map',
  ...common(of(node), shape, args),
  axes,
  body,
});

export const reduce = (
  node: Computed,
  axes: readonly Axis[],
  over: readonly Axis[],
  args: readonly Prim[],
  body: Expr,
  shape = node.type.shape,
): ReducePrim => ({ kind: 'reduce', ...common(of(node), shape, args), axes, over, combine: 'sum', body });

export const contraction = (
  node: Computed,
  axes: readonly Axis[],
  over: readonly Axis[],
  args: readonly Prim[],
  a: Expr,
  b: Expr,
  shape = node.type.shape,
): ContractionPrim => ({ kind: 'contraction', ...common(of(node), shape, args), axes, over, a, b });

/** X with A·X = B, for tensors A (…, n, n) and B (…, n, m). `pivots` is whether the elimination pivots. */
export function solve(node: Computed, a: Prim, b: Prim, pivots: boolean): SolvePrim {
  const axes = axesOf(b.shape);
  const [row, column] = indices(axes).slice(-2) as [IntExpr, IntExpr];
  const batch = indices(axes).slice(0, -2);
  return {
    kind: 'solve',
    pivots,
    ...common(of(node), node.type.shape, [a, b]),
    axes,
    over: [axis('k', a.shape.at(-1)!)],
    a: load(0, [...batch, row, ax('k')]),
    b: load(1, [...batch, row, column]),
  };
}

/** The index `outer*size + inner` of element `inner` in block `outer`. */
export const blockIndex = (outer: IntExpr, size: Dim, inner: IntExpr): IntExpr =>
  iadd(imul(outer, extentOf(size)), inner);

/** An extent as an index expression, which is a constant where the extent is. */
export function extentOf(d: Dim): IntExpr {
  const [t] = d.terms;
  if (d.terms.length === 0) return int(0);
  if (d.terms.length === 1 && t!.powers.length === 0) return int(Number(t!.coef.num));
  return { k: 'extent', dim: d };
}

export const isOne = (d: Dim): boolean => equalDim(d, dimConst(1));
export const elements = (shape: readonly Dim[]): Dim => productDim(shape);
