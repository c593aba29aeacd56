/** Primitives for tests: short constructors, random well-typed loop nests, and a naive evaluation to compare with. */
import fc from 'fast-check';
import { dimConst, evalDim } from '../../../compiler/dims/dims.ts';
import { rational } from '../../../compiler/dims/rational.ts';
import type { DType } from '../../../compiler/ir/node.ts';
import { solve as solveOf } from '../../../compiler/primitives/build.ts';
import type { BoolExpr, Expr, IntExpr, ScalarFn } from '../../../compiler/primitives/expr.ts';
import type { Axis, InputPrim, Prim, PrimProgram, SolvePrim } from '../../../compiler/primitives/prim.ts';

export const common = (shape: readonly number[], args: readonly Prim[] = [], dtype: DType = 'f32') => ({
  shape: shape.map(dimConst),
  dtype,
  args,
  spans: [],
  label: 'test',
});
export const axes = (extents: Readonly<Record<string, number>>): Axis[] =>
  Object.entries(extents).map(([name, n]) => ({ name, extent: dimConst(n) }));
export const ax = (name: string): IntExpr => ({ k: 'axis', name });
export const load = (arg: number, ...names: readonly string[]): Expr => ({
  k: 'load',
  arg,
  index: names.map(ax),
});
export const call = (fn: ScalarFn, ...args: readonly Expr[]): Expr => ({ k: 'call', fn, args });
export const q = (num: number, den = 1): Expr => ({
  k: 'const',
  value: rational(BigInt(num), BigInt(den)),
});
export const select = (cond: BoolExpr, then: Expr, otherwise: Expr): Expr => ({
  k: 'select',
  cond,
  then,
  else: otherwise,
});
export const input = (name: string, shape: readonly number[], dtype: DType = 'f32'): InputPrim => ({
  kind: 'input',
  name,
  ...common(shape, [], dtype),
});
export const map = (
  extents: Readonly<Record<string, number>>,
  args: readonly Prim[],
  body: Expr,
  dtype: DType = 'f32',
): Prim => ({ kind: 'map', ...common(Object.values(extents), args, dtype), axes: axes(extents), body });
/** The contraction out[i, j] = Σₖ a[i, k] b[k, j]. */
export const matmul = (a: Prim, b: Prim): Prim => {
  const [m, k, n] = [a.shape[0]!, a.shape[1]!, b.shape[1]!];
  return {
    kind: 'contraction',
    ...common([], [a, b]),
    shape: [m, n],
    axes: [
      { name: 'i', extent: m },
      { name: 'j', extent: n },
    ],
    over: [{ name: 'k', extent: k }],
    a: load(0, 'i', 'k'),
    b: load(1, 'k', 'j'),
  };
};
export const solve = (a: Prim, b: Prim, pivots = false): SolvePrim =>
  solveOf({ op: 'test', type: { shape: b.shape, dtype: 'f32' }, spans: [] }, a, b, pivots);
export function program(prim: Prim): PrimProgram {
  const inputs = new Set<InputPrim>();
  const visit = (p: Prim): void => {
    if (p.kind === 'input') inputs.add(p);
    p.args.forEach(visit);
  };
  visit(prim);
  return { name: 'test', inputs: [...inputs], outputs: [{ name: 'y', prim }] };
}

/** Draws an integer in [lo, hi], which fast-check can shrink. */
export type Draw = (lo: number, hi: number) => number;
export const drawer =
  (g: fc.GeneratorValue): Draw =>
  (lo, hi) =>
    g(fc.integer, { min: lo, max: hi });

export const RATIONAL: readonly ScalarFn[] = ['add', 'sub', 'mul', 'neg', 'add', 'mul'];
export const REAL: readonly ScalarFn[] = [
  ...RATIONAL,
  'div',
  'abs',
  'max',
  'min',
  'sqrt',
  'exp',
  'log',
  'sin',
  'cos',
  'tanh',
];

/**
 * Draws a random loop nest over two float tensors and one index tensor, whose elements are below 60. All indices are
 * in range by construction.
 */
export function randomPrim(draw: Draw, fns: readonly ScalarFn[], comparisons: boolean): Prim {
  const shapes = [0, 1].map(() => Array.from({ length: draw(0, 3) }, () => draw(1, 4)));
  const args: Prim[] = [input('a', shapes[0]!), input('b', shapes[1]!), input('ids', [draw(1, 5)], 'i32')];
  const kind = (['map', 'reduce', 'reduce', 'contraction', 'scatter'] as const)[draw(0, 4)]!;
  const some = (prefix: string, least: number, most: number) =>
    Array.from({ length: draw(least, most) }, (_, i): readonly [string, number] => [
      prefix + i,
      draw(kind === 'reduce' ? 1 : 0, 1) + draw(0, 3),
    ]);
  const outer = some('i', 0, 3);
  const over = some('k', 0, 2);
  const all = kind === 'map' || kind === 'scatter' ? outer : [...outer, ...over];

  const natural = (depth: number): IntExpr => {
    const choice = draw(0, depth > 0 ? 7 : 1);
    const sub = () => natural(depth - 1);
    const k = choice === 2 ? 'iadd' : 'imul';
    if (choice === 0 && all.length > 0) return ax(all[draw(0, all.length - 1)]![0]);
    if (choice <= 1) return { k: 'int', value: draw(0, 6) };
    if (choice <= 3) return { k, a: sub(), b: sub() };
    if (choice === 4) return { k: 'idiv', a: sub(), by: draw(1, 4) };
    if (choice === 5) return { k: 'isqrt', a: { k: 'imod', a: sub(), by: 50 } };
    if (choice === 6) {
      const [cond, then, otherwise] = [bool(depth - 1, false), sub(), sub()];
      return { k: 'iselect', cond, then, else: otherwise };
    }
    return { k: 'iload', arg: 2, index: [below(args[2]!.shape.map((d) => evalDim(d, {}))[0]!, depth - 1)] };
  };
  const below = (n: number, depth: number): IntExpr => ({ k: 'imod', a: natural(depth), by: n });
  const bool = (depth: number, floats: boolean): BoolExpr => {
    const choice = draw(0, depth > 0 ? 5 : 1);
    const sub = () => bool(depth - 1, floats);
    if (choice === 0) return { k: 'ilt', a: natural(depth - 1), b: natural(depth - 1) };
    if (choice === 1) return { k: 'ieq', a: natural(depth - 1), b: natural(depth - 1) };
    if (choice === 2 && floats) return { k: 'flt', a: expr(depth - 1), b: expr(depth - 1) };
    if (choice === 3) return { k: 'not', a: sub() };
    return { k: choice === 4 ? 'and' : 'or', a: sub(), b: sub() };
  };
  const expr = (depth: number): Expr => {
    const choice = draw(0, depth > 0 ? 7 : 2);
    const arg = draw(0, 1);
    if (choice === 0) return { k: 'const', value: rational(BigInt(draw(-9, 9)), BigInt(draw(1, 9))) };
    if (choice === 1) return { k: 'fromInt', a: natural(depth) };
    if (choice === 2) return { k: 'load', arg, index: shapes[arg]!.map((n) => below(n, depth)) };
    if (choice === 3) return select(bool(depth - 1, comparisons), expr(depth - 1), expr(depth - 1));
    const fn = fns[draw(0, fns.length - 1)]!;
    return call(fn, ...Array.from({ length: isBinary(fn) ? 2 : 1 }, () => expr(depth - 1)));
  };

  const named = (list: readonly (readonly [string, number])[]) => axes(Object.fromEntries(list));
  const shape = outer.map(([, n]) => n);
  switch (kind) {
    case 'map':
      return { kind, ...common(shape, args), axes: named(outer), body: expr(4) };
    case 'reduce': {
      const combine = comparisons && draw(0, 1) === 1 ? 'max' : 'sum';
      return { kind, ...common(shape, args), axes: named(outer), over: named(over), combine, body: expr(3) };
    }
    case 'contraction':
      return { kind, ...common(shape, args), axes: named(outer), over: named(over), a: expr(3), b: expr(3) };
    case 'scatter': {
      const target = Array.from({ length: draw(1, 2) }, () => draw(1, 4));
      const at = target.map((n) => below(n, 2));
      return { kind, ...common(target, args), axes: named(outer), at, body: expr(3) };
    }
    default:
      return kind satisfies never;
  }
}

export const isBinary = (fn: ScalarFn): boolean => ['add', 'sub', 'mul', 'div', 'max', 'min'].includes(fn);

/** The scalar operations of the naive evaluation. */
export interface Naive<T> {
  readonly constant: (num: bigint, den: bigint) => T;
  readonly call: (fn: ScalarFn, args: readonly T[]) => T;
  readonly less: (a: T, b: T) => boolean;
}

/** Evaluates a loop nest with constant extents, by walking its expressions at every point. */
export function naive<T>(
  prim: Prim,
  s: Naive<T>,
  tensors: readonly (readonly T[])[],
  ids: readonly number[],
): T[] {
  type Env = Readonly<Record<string, number>>;
  const size = (ds: Prim['shape']) => ds.map((d) => evalDim(d, {}));
  const flat = (arg: number, index: readonly IntExpr[], env: Env) =>
    index.reduce((o, e, d) => o * size(prim.args[arg]!.shape)[d]! + int(e, env), 0);
  const int = (e: IntExpr, env: Env): number => {
    if (e.k === 'axis') return env[e.name]!;
    if (e.k === 'int') return e.value;
    if (e.k === 'extent') return evalDim(e.dim, {});
    if (e.k === 'iadd') return int(e.a, env) + int(e.b, env);
    if (e.k === 'isub') return int(e.a, env) - int(e.b, env);
    if (e.k === 'imul') return int(e.a, env) * int(e.b, env);
    if (e.k === 'idiv') return Number(BigInt(int(e.a, env)) / BigInt(e.by));
    if (e.k === 'imod') return Number(BigInt(int(e.a, env)) % BigInt(e.by));
    if (e.k === 'iload') return ids[flat(e.arg, e.index, env)]!;
    if (e.k === 'iselect') return bool(e.cond, env) ? int(e.then, env) : int(e.else, env);
    let root = 0;
    while ((root + 1) ** 2 <= int(e.a, env)) root++;
    return root;
  };
  const bool = (e: BoolExpr, env: Env): boolean => {
    if (e.k === 'ilt') return int(e.a, env) < int(e.b, env);
    if (e.k === 'ieq') return int(e.a, env) === int(e.b, env);
    if (e.k === 'flt') return s.less(expr(e.a, env), expr(e.b, env));
    if (e.k === 'not') return !bool(e.a, env);
    if (e.k !== 'and' && e.k !== 'or') throw new Error(`${e.k} is not a connective`);
    return e.k === 'and' ? bool(e.a, env) && bool(e.b, env) : bool(e.a, env) || bool(e.b, env);
  };
  const expr = (e: Expr, env: Env): T => {
    if (e.k === 'const') return s.constant(e.value.num, e.value.den);
    if (e.k === 'fromInt') return s.constant(BigInt(int(e.a, env)), 1n);
    if (e.k === 'load') return tensors[e.arg]![flat(e.arg, e.index, env)]!;
    if (e.k === 'select') return bool(e.cond, env) ? expr(e.then, env) : expr(e.else, env);
    return s.call(
      e.fn,
      e.args.map((a) => expr(a, env)),
    );
  };
  const points = (list: readonly Axis[]): Env[] =>
    list.reduce<Env[]>(
      (envs, { name, extent }) =>
        envs.flatMap((env) => Array.from({ length: evalDim(extent, {}) }, (_, i) => ({ ...env, [name]: i }))),
      [{}],
    );
  const sum = (terms: readonly T[]): T => terms.reduce((x, y) => s.call('add', [x, y]), s.constant(0n, 1n));
  switch (prim.kind) {
    case 'map':
      return points(prim.axes).map((env) => expr(prim.body, env));
    case 'reduce':
      return points(prim.axes).map((env) => {
        const terms = points(prim.over).map((inner) => expr(prim.body, { ...env, ...inner }));
        return prim.combine === 'sum' ? sum(terms) : terms.reduce((x, y) => s.call('max', [x, y]));
      });
    case 'contraction':
      return points(prim.axes).map((env) =>
        sum(
          points(prim.over).map((inner) => {
            const at = { ...env, ...inner };
            return s.call('mul', [expr(prim.a, at), expr(prim.b, at)]);
          }),
        ),
      );
    case 'scatter': {
      const shape = size(prim.shape);
      const out = Array.from({ length: shape.reduce((x, y) => x * y, 1) }, () => s.constant(0n, 1n));
      for (const env of points(prim.axes)) {
        const at = prim.at.reduce((o, e, d) => o * shape[d]! + int(e, env), 0);
        out[at] = s.call('add', [out[at]!, expr(prim.body, env)]);
      }
      return out;
    }
    default:
      throw new Error(`${prim.kind} is not a loop nest`);
  }
}
