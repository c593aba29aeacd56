/** Short constructors of primitives and programs for tests. */
import { type Dim, dimConst, parseDim } from '../../compiler/dims/dims.ts';
import type { Rational } from '../../compiler/dims/rational.ts';
import type { DType } from '../../compiler/ir/node.ts';
import { solve as solveOf } from '../../compiler/primitives/build.ts';
import type { BoolExpr, Expr, IntExpr } from '../../compiler/primitives/expr.ts';
import type {
  AttentionPart,
  AttentionPrim,
  Axis,
  ContractionPrim,
  InputPrim,
  MapPrim,
  Prim,
  PrimProgram,
  ReducePrim,
  ScatterPrim,
  SolvePrim,
} from '../../compiler/primitives/prim.ts';

export type Size = number | string | Dim;
export const asDim = (d: Size): Dim =>
  typeof d === 'number' ? dimConst(d) : typeof d === 'string' ? parseDim(d) : d;
export type Axes = readonly (readonly [name: string, extent: Size])[];

const axesOf = (axes: Axes): Axis[] => axes.map(([name, extent]) => ({ name, extent: asDim(extent) }));
const shapeOf = (axes: Axes, shape?: readonly Size[]): Dim[] => (shape ?? axes.map(([, e]) => e)).map(asDim);
const common = (label: string, args: readonly Prim[], dtype: DType = 'f32') => ({
  label,
  args,
  dtype,
  spans: [],
});

export const input = (name: string, shape: readonly Size[], dtype: DType = 'f32'): InputPrim => ({
  kind: 'input',
  name,
  shape: shape.map(asDim),
  ...common(name, [], dtype),
});

export const map = (
  label: string,
  args: readonly Prim[],
  axes: Axes,
  body: Expr,
  options: { shape?: readonly Size[]; dtype?: DType } = {},
): MapPrim => ({
  kind: 'map',
  shape: shapeOf(axes, options.shape),
  axes: axesOf(axes),
  body,
  ...common(label, args, options.dtype),
});

export const reduce = (
  label: string,
  args: readonly Prim[],
  axes: Axes,
  over: Axes,
  body: Expr,
  combine: 'sum' | 'max' = 'sum',
): ReducePrim => ({
  kind: 'reduce',
  shape: shapeOf(axes),
  axes: axesOf(axes),
  over: axesOf(over),
  combine,
  body,
  ...common(label, args),
});

export const contraction = (
  label: string,
  args: readonly Prim[],
  axes: Axes,
  over: Axes,
  a: Expr,
  b: Expr,
  options: { shape?: readonly Size[]; dtype?: DType } = {},
): ContractionPrim => ({
  kind: 'contraction',
  shape: shapeOf(axes, options.shape),
  axes: axesOf(axes),
  over: axesOf(over),
  a,
  b,
  ...common(label, args, options.dtype),
});

export const scatter = (
  label: string,
  args: readonly Prim[],
  shape: readonly Size[],
  axes: Axes,
  at: readonly IntExpr[],
  body: Expr,
): ScatterPrim => ({
  kind: 'scatter',
  shape: shape.map(asDim),
  axes: axesOf(axes),
  at,
  body,
  ...common(label, args),
});

export const solve = (label: string, a: Prim, b: Prim, pivots = false): SolvePrim =>
  solveOf({ op: label, type: { shape: b.shape, dtype: 'f32' }, spans: [] }, a, b, pivots);

interface AttentionSizes {
  readonly heads: Size;
  readonly keyHeads: Size;
  readonly width: Size;
  /** The number of keys, where each token sees a range of them. */
  readonly room?: number;
  readonly softCap?: Rational;
}

/** An attention primitive over `tokens`, whose inputs are named as in prim.ts. */
export function attention(
  part: AttentionPart,
  { heads, keyHeads, width, room, softCap }: AttentionSizes,
): AttentionPrim {
  const keys = room ?? 'tokens';
  const [wide, narrow, each] = [
    ['tokens', heads, width],
    [keys, keyHeads, width],
    ['tokens', heads],
  ] as const;
  const seen = room === undefined ? ['tokens'] : ['tokens', 2];
  const key = [input('q', wide), input('k', narrow), input('start', seen, 'i32')];
  const args = {
    lse: key,
    output: [...key, input('v', narrow), input('lse', each)],
    query: [...key, input('v', narrow), input('lse', each), input('g', wide), input('D', each)],
  };
  const shape = { lse: each, output: wide, query: wide, keyValue: [keys, 2, keyHeads, width] }[part];
  return {
    kind: 'attention',
    part,
    scale: { num: 1n, den: 4n },
    ...(softCap ? { softCap } : {}),
    shape: shape.map(asDim),
    ...common(part, args[part === 'keyValue' ? 'query' : part]),
  };
}

export const program = (outputs: Readonly<Record<string, Prim>>): PrimProgram => {
  const inputs = new Set<InputPrim>();
  const seen = new Set<Prim>();
  const visit = (p: Prim): void => {
    if (seen.has(p)) return;
    seen.add(p);
    if (p.kind === 'input') inputs.add(p);
    for (const a of p.args) visit(a);
  };
  const named = Object.entries(outputs).map(([name, prim]) => ({ name, prim }));
  for (const o of named) visit(o.prim);
  return { name: 'test', inputs: [...inputs], outputs: named };
};

const int = (e: IntExpr | string | number): IntExpr =>
  typeof e === 'string' ? { k: 'axis', name: e } : typeof e === 'number' ? { k: 'int', value: e } : e;
type I = IntExpr | string | number;
export const add = (...all: I[]): IntExpr => all.map(int).reduce((a, b) => ({ k: 'iadd', a, b }));
export const mul = (...all: I[]): IntExpr => all.map(int).reduce((a, b) => ({ k: 'imul', a, b }));
export const sub = (a: I, b: I): IntExpr => ({ k: 'isub', a: int(a), b: int(b) });
export const div = (a: I, by: number): IntExpr => ({ k: 'idiv', a: int(a), by });
export const mod = (a: I, by: number): IntExpr => ({ k: 'imod', a: int(a), by });
export const load = (arg: number, ...index: I[]): Expr => ({ k: 'load', arg, index: index.map(int) });
export const constant = (num: number, den = 1): Expr => ({
  k: 'const',
  value: { num: BigInt(num), den: BigInt(den) },
});
export const call = (fn: (Expr & { k: 'call' })['fn'], ...args: Expr[]): Expr => ({ k: 'call', fn, args });
export const select = (cond: (Expr & { k: 'select' })['cond'], then: Expr, otherwise: Expr): Expr => ({
  k: 'select',
  cond,
  then,
  else: otherwise,
});
export const less = (a: I, b: I) => ({ k: 'ilt', a: int(a), b: int(b) }) as const;
const chosen = (cond: BoolExpr, then: IntExpr, otherwise: IntExpr): IntExpr => ({
  k: 'iselect',
  cond,
  then,
  else: otherwise,
});
export const iselect = (cond: BoolExpr, then: I, otherwise: I): IntExpr =>
  chosen(cond, int(then), int(otherwise));
