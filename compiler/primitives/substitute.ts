/**
 * Substitutes a producer's body for the loads of its result. A load gives an index for each dimension of the
 * producer's shape, but the producer's axes may group the same elements in other ways. The axes' values are computed
 * from the row-major position within each group of dimensions that covers complete axes.
 */
import { constantOf, type Dim, dimConst, equalDim, mulDim, productDim } from '../dims/dims.ts';
import { uniteSpans } from '../errors/span.ts';
import {
  addPoly,
  constPoly,
  dimPoly,
  divPoly,
  fromPoly,
  keyOf,
  modPoly,
  mulPoly,
  type Poly,
  type Ranges,
  rangesOf,
  recombine,
} from './affine.ts';
import type { BoolExpr, Expr, IntExpr, ScalarFn } from './expr.ts';
import type { Axis, ContractionPrim, MapPrim, Prim, ReducePrim, ScatterPrim, SolvePrim } from './prim.ts';
import { polyOf, simplifyExpr, simplifyInt } from './simplify.ts';
import { loadsOf } from './visit.ts';

/** Primitives whose operands are expressions of the scalar language. */
export type LoopPrim = MapPrim | ReducePrim | ContractionPrim | SolvePrim | ScatterPrim;

export const isLoop = (p: Prim): p is LoopPrim => p.kind !== 'input' && p.kind !== 'attention';

/**
 * Functions that give the replacement of an axis, a size or a load, or undefined to keep it. The indices that they get are
 * already rewritten. An index in which nothing is replaced stays the same object.
 */
export interface Rewrite {
  readonly axis?: (name: string) => IntExpr | undefined;
  readonly extent?: (dim: Dim) => IntExpr | undefined;
  readonly load?: (arg: number, index: readonly IntExpr[]) => Expr | undefined;
  readonly iload?: (arg: number, index: readonly IntExpr[]) => IntExpr | undefined;
}

export function rewriteInt(e: IntExpr, by: Rewrite): IntExpr {
  switch (e.k) {
    case 'axis':
      return by.axis?.(e.name) ?? e;
    case 'extent':
      return by.extent?.(e.dim) ?? e;
    case 'int':
      return e;
    case 'iadd':
    case 'isub':
    case 'imul': {
      const [a, b] = [rewriteInt(e.a, by), rewriteInt(e.b, by)];
      return a === e.a && b === e.b ? e : { k: e.k, a, b };
    }
    case 'idiv':
    case 'imod': {
      const a = rewriteInt(e.a, by);
      return a === e.a ? e : { k: e.k, a, by: e.by };
    }
    case 'isqrt': {
      const a = rewriteInt(e.a, by);
      return a === e.a ? e : { k: 'isqrt', a };
    }
    case 'iload': {
      const index = e.index.map((i) => rewriteInt(i, by));
      return by.iload?.(e.arg, index) ?? { k: 'iload', arg: e.arg, index };
    }
    case 'iselect': {
      const then = rewriteInt(e.then, by);
      return { k: 'iselect', cond: rewriteBool(e.cond, by), then, else: rewriteInt(e.else, by) };
    }
    default:
      throw new TypeError(`unknown integer expression ${e satisfies never}`);
  }
}

export function rewriteBool(e: BoolExpr, by: Rewrite): BoolExpr {
  switch (e.k) {
    case 'ilt':
    case 'ieq':
      return { k: e.k, a: rewriteInt(e.a, by), b: rewriteInt(e.b, by) };
    case 'flt':
      return { k: 'flt', a: rewriteExpr(e.a, by), b: rewriteExpr(e.b, by) };
    case 'and':
    case 'or':
      return { k: e.k, a: rewriteBool(e.a, by), b: rewriteBool(e.b, by) };
    case 'not':
      return { k: 'not', a: rewriteBool(e.a, by) };
    default:
      throw new TypeError(`unknown condition ${e satisfies never}`);
  }
}

export function rewriteExpr(e: Expr, by: Rewrite): Expr {
  switch (e.k) {
    case 'const':
      return e;
    case 'fromInt':
      return { k: 'fromInt', a: rewriteInt(e.a, by) };
    case 'load': {
      const index = e.index.map((i) => rewriteInt(i, by));
      return by.load?.(e.arg, index) ?? { k: 'load', arg: e.arg, index };
    }
    case 'call':
      return { k: 'call', fn: e.fn, args: e.args.map((a) => rewriteExpr(a, by)) };
    case 'select': {
      const then = rewriteExpr(e.then, by);
      return { k: 'select', cond: rewriteBool(e.cond, by), then, else: rewriteExpr(e.else, by) };
    }
    default:
      throw new TypeError(`unknown expression ${e satisfies never}`);
  }
}

/** A rewrite that replaces all axes at once by expressions. */
export const substituteAxes = (values: ReadonlyMap<string, IntExpr>): Rewrite => ({
  axis: (n) => values.get(n),
});

/** The axes a loop primitive ranges over, outputs first. */
export const loopAxes = (p: LoopPrim): readonly Axis[] => ('over' in p ? [...p.axes, ...p.over] : p.axes);

/** The scalar expressions of a loop primitive. */
export function expressionsOf(p: LoopPrim): readonly (Expr | IntExpr)[] {
  if (p.kind === 'contraction' || p.kind === 'solve') return [p.a, p.b];
  return p.kind === 'scatter' ? [p.body, ...p.at] : [p.body];
}

/** The primitive with each of its expressions replaced. */
function mapExpressions<P extends LoopPrim>(p: P, f: (e: Expr) => Expr, g: (e: IntExpr) => IntExpr): P {
  const prim: LoopPrim = p;
  if (prim.kind === 'contraction' || prim.kind === 'solve') return { ...p, a: f(prim.a), b: f(prim.b) };
  if (prim.kind === 'scatter') return { ...p, body: f(prim.body), at: prim.at.map(g) };
  return { ...p, body: f(prim.body) };
}

export const rewritePrim = <P extends LoopPrim>(p: P, by: Rewrite): P =>
  mapExpressions(
    p,
    (e) => rewriteExpr(e, by),
    (e) => rewriteInt(e, by),
  );
export function simplifyPrim<P extends LoopPrim>(p: P): P {
  const ranges = rangesOf(loopAxes(p));
  return mapExpressions(
    p,
    (e) => simplifyExpr(e, ranges),
    (e) => simplifyInt(e, ranges),
  );
}

/**
 * The axes, slowest first, that `value` counts through in mixed radix: each coefficient is the product of the extents
 * of the faster axes, so that value takes each number of [0, Π extents) once. Undefined for any other value.
 */
export function mixedRadix(value: Poly, axes: readonly Axis[]): Axis[] | undefined {
  const byName = new Map(axes.map((a) => [a.name, a]));
  let rest = [...value];
  let radix: Dim = dimConst(1);
  const digits: Axis[] = [];
  while (rest.length > 0) {
    const digit = rest
      .flatMap((t) => t.atoms.map((a) => (a.k === 'axis' ? byName.get(a.name) : undefined)))
      .find((a): a is Axis => {
        if (a === undefined) return false;
        const term = mulPoly(dimPoly(radix), [{ coef: 1, atoms: [{ k: 'axis', name: a.name }] }]);
        return term.length === 1 && rest.some((t) => keyOf(fromPoly([t])) === keyOf(fromPoly(term)));
      });
    if (digit === undefined || digits.includes(digit)) return undefined;
    const term = mulPoly(dimPoly(radix), [{ coef: -1, atoms: [{ k: 'axis', name: digit.name }] }]);
    rest = [...addPoly(rest, term)];
    digits.unshift(digit);
    radix = mulDim(radix, digit.extent);
  }
  return digits;
}

/** The row-major position of an index. */
export const rowMajor = (shape: readonly Dim[], index: readonly Poly[]): Poly =>
  index.reduce(
    (at, i, d) => (at.length === 0 ? i : addPoly(mulPoly(at, dimPoly(shape[d]!)), i)),
    constPoly(0),
  );

/** The quotient and remainder of a position by a size; undefined where they are no polynomials. */
function divideBySize(
  p: Poly,
  size: Dim,
  axes: readonly Axis[],
  ranges: Ranges,
): { q: Poly; r: Poly } | undefined {
  const constant = constantOf(size);
  if (constant !== undefined) {
    // A zero size has no elements, so its index is never evaluated.
    const by = Math.max(1, constant);
    return { q: divPoly(p, by, ranges), r: modPoly(p, by, ranges) };
  }
  const unit = dimPoly(size);
  if (unit.length !== 1) return undefined;
  const { coef, atoms } = unit[0]!;
  const q: { coef: number; atoms: readonly IntExpr[] }[] = [];
  const r: { coef: number; atoms: readonly IntExpr[] }[] = [];
  for (const t of p) {
    const left = [...t.atoms];
    const divisible = atoms.every((a) => {
      const at = left.findIndex((l) => keyOf(l) === keyOf(a));
      if (at >= 0) left.splice(at, 1);
      return at >= 0;
    });
    if (divisible && t.coef % coef === 0) q.push({ coef: t.coef / coef, atoms: left });
    else r.push(t);
  }
  const digits = mixedRadix(r, axes);
  if (digits === undefined) return undefined;
  return r.length === 0 || equalDim(productDim(digits.map((a) => a.extent)), size) ? { q, r } : undefined;
}

/**
 * The values of `axes`, row-major, at the element of `shape` that `index` names. The index is an expression of the axes
 * `within`. Undefined where the values would take a division by a run-time size.
 */
export function axisValues(
  axes: readonly Axis[],
  shape: readonly Dim[],
  index: readonly IntExpr[],
  within: readonly Axis[],
): Map<string, IntExpr> | undefined {
  const ranges = rangesOf(within);
  const values = new Map<string, IntExpr>();
  let [d, a] = [shape.length, axes.length];
  while (d > 0 || a > 0) {
    // The shortest trailing group of dimensions and axes with equal numbers of elements.
    let [firstD, firstA] = [d, a];
    let size = dimConst(1);
    let count = dimConst(1);
    do {
      const [nextD, nextA] = [shape[firstD - 1], axes[firstA - 1]];
      const [s, c] = [constantOf(size), constantOf(count)];
      const growShape =
        nextA === undefined ||
        (nextD !== undefined && (firstD === d || (s !== undefined && (c === undefined || s < c))));
      if (growShape && nextD !== undefined) size = mulDim(size, shape[--firstD]!);
      else if (nextA !== undefined) count = mulDim(count, axes[--firstA]!.extent);
      else return undefined;
    } while (!equalDim(size, count));
    let position = recombine(
      rowMajor(
        shape.slice(firstD, d),
        index.slice(firstD, d).map((i) => polyOf(i, ranges)),
      ),
      ranges,
    );
    for (let i = a - 1; i >= firstA; i--) {
      if (i === firstA) {
        values.set(axes[i]!.name, fromPoly(position));
      } else {
        const parts = divideBySize(position, axes[i]!.extent, within, ranges);
        if (parts === undefined) return undefined;
        values.set(axes[i]!.name, fromPoly(parts.r));
        position = recombine(parts.q, ranges);
      }
    }
    [d, a] = [firstD, firstA];
  }
  return values;
}

/** A float body as an integer expression, where it is made of integers only; else undefined. */
export function integerOf(e: Expr, integerArg: (arg: number) => boolean): IntExpr | undefined {
  switch (e.k) {
    case 'fromInt':
      return e.a;
    case 'const':
      return e.value.den === 1n ? { k: 'int', value: Number(e.value.num) } : undefined;
    case 'load':
      return integerArg(e.arg) ? { k: 'iload', arg: e.arg, index: e.index } : undefined;
    case 'select': {
      const [then, other] = [integerOf(e.then, integerArg), integerOf(e.else, integerArg)];
      return then && other ? { k: 'iselect', cond: e.cond, then, else: other } : undefined;
    }
    case 'call': {
      const k = INTEGER_CALLS.get(e.fn);
      const [a, b] = e.args.map((x) => integerOf(x, integerArg));
      return k && a && b ? { k, a, b } : undefined;
    }
    default:
      throw new TypeError(`unknown expression ${e satisfies never}`);
  }
}
const INTEGER_CALLS: ReadonlyMap<ScalarFn, 'iadd' | 'isub' | 'imul'> = new Map([
  ['add', 'iadd'],
  ['sub', 'isub'],
  ['mul', 'imul'],
]);

/** Two lists of arguments as one without repetition, and the positions of the second list's arguments in it. */
export function mergeArgs(a: readonly Prim[], b: readonly Prim[]): { args: Prim[]; slot: number[] } {
  const args = [...new Set([...a, ...b])];
  return { args, slot: b.map((p) => args.indexOf(p)) };
}

/** The primitive with its arguments replaced by a list that contains them all. */
export function withArgs<P extends LoopPrim>(p: P, args: readonly Prim[]): P {
  const slot = p.args.map((a) => args.indexOf(a));
  return { ...rewritePrim(p, loadsFrom(slot)), args };
}

/** Changes the position of each loaded argument in the list of arguments: argument i becomes `slot[i]`. */
const loadsFrom = (slot: readonly number[]): Rewrite => ({
  load: (arg, index) => ({ k: 'load', arg: slot[arg]!, index }),
  iload: (arg, index) => ({ k: 'iload', arg: slot[arg]!, index }),
});

/** The primitive with only the arguments that it loads, each once. */
export function pruneArgs<P extends LoopPrim>(p: P): P {
  const used = new Set(expressionsOf(p).flatMap((e) => loadsOf(e).map((l) => p.args[l.arg]!)));
  return withArgs(
    p,
    [...new Set(p.args)].filter((a) => used.has(a)),
  );
}

/**
 * The consumer with `producer`'s body in place of every load of `tensor`, the argument that the producer computes.
 * The two must have no axis name in common. Undefined where the producer's axes cannot be computed from a load's
 * index, or where a load is itself an index and the body is not made of integers.
 */
export function substitute<P extends LoopPrim>(consumer: P, tensor: Prim, producer: MapPrim): P | undefined {
  const { args, slot } = mergeArgs(
    consumer.args.filter((a) => a !== tensor),
    producer.args,
  );
  const body = rewriteExpr(producer.body, loadsFrom(slot));
  const integer = integerOf(body, (arg) => args[arg]!.dtype === 'i32');
  const within = loopAxes(consumer);
  let failed = false;
  const at = (index: readonly IntExpr[]): Rewrite => {
    const values = axisValues(producer.axes, tensor.shape, index, within);
    failed ||= values === undefined;
    return substituteAxes(values ?? new Map());
  };
  const rewritten = rewritePrim(consumer, {
    load: (arg, index) =>
      consumer.args[arg] === tensor
        ? rewriteExpr(body, at(index))
        : { k: 'load', arg: args.indexOf(consumer.args[arg]!), index },
    iload: (arg, index) => {
      if (consumer.args[arg] !== tensor) return { k: 'iload', arg: args.indexOf(consumer.args[arg]!), index };
      failed ||= integer === undefined;
      return integer && rewriteInt(integer, at(index));
    },
  });
  if (failed) return undefined;
  return simplifyPrim({ ...rewritten, args, spans: uniteSpans(consumer.spans, producer.spans) });
}
