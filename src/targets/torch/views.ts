/** Prints the elements that a loop reads from a tensor as a view of it: a slice, an unflattened dimension, a diagonal. */
import {
  addDim,
  constantOf,
  type Dim,
  dimConst,
  divDim,
  equalDim,
  mulDim,
  productDim,
  subDim,
  sumDim,
} from '../../../compiler/dims/dims.ts';
import { isNegativeQ } from '../../../compiler/dims/rational.ts';
import {
  addPoly,
  constPoly,
  dimPoly,
  type Poly,
  rangesOf,
  scalePoly,
} from '../../../compiler/primitives/affine.ts';
import type { IntExpr } from '../../../compiler/primitives/expr.ts';
import type { Axis } from '../../../compiler/primitives/prim.ts';
import { polyOf } from '../../../compiler/primitives/simplify.ts';
import { mixedRadix } from '../../../compiler/primitives/substitute.ts';
import { axesIn } from '../../../compiler/primitives/visit.ts';
import { dimText, polyText } from './dims.ts';

/** A tensor as Python text. It has one dimension for each axis, in order. */
export interface View {
  readonly text: string;
  readonly axes: readonly Axis[];
}

/** A tensor that a statement reads. */
export interface Operand {
  readonly text: string;
  readonly shape: readonly Dim[];
}

/** The positions that a loop takes of one dimension: start, start + step, …, one for each value of `digits` together. */
interface Taken {
  readonly start: Poly;
  readonly step: number;
  /** The axes that count through the positions, slowest first; none where the position is fixed. */
  readonly digits: readonly Axis[];
}

/** A dimension as several, slowest first: those of axes, and those of which one position is taken. */
interface Parted {
  readonly parts: readonly (Axis | { readonly size: Dim; readonly at: string })[];
}

/** Prints an index that is not affine as a tensor of integers, with a dimension for each axis that it uses. */
export type Gather = (index: IntExpr) => View | undefined;

/**
 * The view of an operand that has the elements of a load. At most one index may be no slice; `gather` prints it.
 * Undefined where no slices and dimensions give the elements.
 */
export function viewOf(
  operand: Operand,
  index: readonly IntExpr[],
  axes: readonly Axis[],
  gather: Gather = () => undefined,
): View | undefined {
  const ranges = rangesOf(axes);
  const { shape } = operand;
  const taken: (Taken | Parted | View)[] = [];
  for (const [d, e] of index.entries()) {
    const p = polyOf(e, ranges);
    const affine = takenBy(p, axes);
    const part =
      affine && isWithin(affine, shape[d]!)
        ? affine
        : (splitBy(p, axes, shape[d]!) ?? (affine ? undefined : gather(e)));
    if (part === undefined) return undefined;
    taken.push(part);
  }
  const gathered = taken.filter(isView);
  const found = taken.flatMap(axesOf);
  const isShared = gathered.some((g) =>
    g.axes.some((a) => found.filter((f) => f.name === a.name).length > 1),
  );
  if (gathered.length > 1 || isShared) return undefined;
  const subscripts = taken.map((t, d) =>
    isView(t) ? t.text : isParted(t) ? ':' : subscriptOf(t, shape[d]!),
  );
  const dims = taken.flatMap((t): (readonly Part[])[] => {
    if (isView(t)) return t.axes.map((a) => [a]);
    if (isParted(t)) return [t.parts];
    return t.digits.length > 0 ? [t.digits] : [];
  });
  const unflattened = dims
    .flatMap((parts, d) => (parts.length > 1 ? [{ d, parts }] : []))
    .reverse()
    .map(({ d, parts }) => `.unflatten(${d}, (${parts.map((a) => dimText(sizeOf(a))).join(', ')}))`);
  const fixed = subscripted(dims.flat().map((a) => ('at' in a ? a.at : ':')));
  return diagonal(`${operand.text}${subscripted(subscripts)}${unflattened.join('')}${fixed}`, found);
}

type Part = Parted['parts'][number];
const sizeOf = (p: Part): Dim => ('at' in p ? p.size : p.extent);
const isView = (t: Taken | Parted | View): t is View => 'text' in t;
const isParted = (t: Taken | Parted | View): t is Parted => 'parts' in t;
const axesOf = (t: Taken | Parted | View): readonly Axis[] => {
  if (isView(t)) return t.axes;
  return isParted(t) ? t.parts.filter((p): p is Axis => !('at' in p)) : t.digits;
};

/**
 * The dimension as several, of which the axes count through some and an offset fixes the others: k·b + b/2 + i for i
 * below b/2 takes position 1 of the halves (k, 2, b/2). Undefined where the strides of the axes do not divide each other.
 */
function splitBy(p: Poly, axes: readonly Axis[], size: Dim): Parted | undefined {
  const moves: { readonly axis: Axis; readonly stride: Dim }[] = [];
  let offset = NOTHING;
  for (const { coef, atoms } of p) {
    if (coef < 0 || !atoms.every((a) => a.k === 'extent' || a.k === 'axis')) return undefined;
    const own = atoms.flatMap((a) => (a.k === 'axis' ? axes.filter((x) => x.name === a.name) : []));
    const product = atoms.reduce((d, a) => (a.k === 'extent' ? mulDim(d, a.dim) : d), dimConst(coef));
    if (own.length > 1) return undefined;
    if (own[0]) moves.push({ axis: own[0], stride: product });
    else offset = addDim(offset, product);
  }
  const parts: Part[] = [];
  let unit = dimConst(1);
  const left = [...moves];
  const fix = (count: Dim): boolean => {
    const [at, rest] = digitOf(offset, unit, count);
    if (at === undefined) return false;
    offset = rest;
    parts.unshift({ size: count, at });
    unit = mulDim(unit, count);
    return true;
  };
  while (left.length > 0) {
    const next = left.findIndex((m) => equalDim(m.stride, unit));
    if (next >= 0) {
      const [{ axis }] = left.splice(next, 1) as [(typeof moves)[number]];
      parts.unshift(axis);
      unit = mulDim(unit, axis.extent);
      continue;
    }
    const gaps = left.map((m) => whole(m.stride, unit)).filter((d) => d !== undefined);
    const gap = gaps.find((d) => gaps.every((other) => whole(other, d) !== undefined));
    if (gap === undefined || !fix(gap)) return undefined;
  }
  const last = whole(size, unit);
  if (last === undefined || (!equalDim(last, dimConst(1)) && !fix(last))) return undefined;
  return offset.terms.length === 0 && moves.length > 0 ? { parts } : undefined;
}

const NOTHING: Dim = { terms: [] };

/** The quotient of two sizes, where it is a whole number, or a product of sizes. Only a product divides. */
function whole(a: Dim, b: Dim): Dim | undefined {
  const q = b.terms.length === 1 ? divDim(a, b) : undefined;
  return q?.terms.every((t) => t.coef.den === 1n && t.powers.every(([, power]) => power > 0)) ? q : undefined;
}

/** The position in a part of `count` units that an offset has, and what is left of the offset. */
function digitOf(offset: Dim, unit: Dim, count: Dim): readonly [string | undefined, Dim] {
  const [all, each, most] = [offset, unit, count].map(constantOf);
  // A dimension without elements has no positions.
  if (most === 0) return [undefined, offset];
  if (all !== undefined && each !== undefined && most !== undefined) {
    const digit = Math.floor(all / each) % most;
    return [`${digit}`, dimConst(all - digit * each)];
  }
  const digit = whole(offset, unit);
  const value = digit && constantOf(digit);
  if (value === undefined || value >= (most ?? Infinity)) return [undefined, offset];
  return [`${value}`, NOTHING];
}

/** The positions of a dimension that an index takes; undefined where the index is not affine. */
function takenBy(p: Poly, axes: readonly Axis[]): Taken | undefined {
  const moves = p.filter((t) => t.atoms.some((a) => axesIn(a).size > 0));
  const start = p.filter((t) => !moves.includes(t));
  if (start.some((t) => t.atoms.some((a) => a.k !== 'extent'))) return undefined;
  if (moves.length === 0) return { start, step: 1, digits: [] };
  const step = Math.min(...moves.map((t) => Math.abs(t.coef)));
  const digits = mixedRadix(scalePoly(moves, 1 / step), axes);
  return digits && { start, step, digits };
}

/** Whether all positions lie in the dimension, for every number of tokens. */
function isWithin(t: Taken, size: Dim): boolean {
  const count = countOf(t);
  const start = polyDim(t.start);
  const end = addDim(start, addDim(mulDim(dimConst(t.step), subDim(count, dimConst(1))), dimConst(1)));
  return isNatural(start) && isNatural(subDim(size, end));
}

const countOf = (t: Taken): Dim => productDim(t.digits.map((a) => a.extent));

/** Whether a dimension is at least 0 for all sizes. */
const isNatural = (d: Dim): boolean => d.terms.every((t) => !isNegativeQ(t.coef));

/** The value of a polynomial of sizes. */
const polyDim = (p: Poly): Dim =>
  sumDim(
    p.map(({ coef, atoms }) =>
      atoms.reduce((d, a) => (a.k === 'extent' ? mulDim(d, a.dim) : d), dimConst(coef)),
    ),
  );

function subscriptOf(t: Taken, size: Dim): string {
  if (t.digits.length === 0) return polyText(t.start);
  const count = countOf(t);
  if (equalDim(count, size)) return ':';
  const start = t.start.length === 0 ? '' : polyText(t.start);
  if (t.step !== 1) {
    const n = constantOf(count);
    const end = addPoly(t.start, constPoly(n === undefined ? 0 : (n - 1) * t.step + 1));
    return n === undefined ? `${start}::${t.step}` : `${start}:${polyText(end)}:${t.step}`;
  }
  return `${start}:${polyText(addPoly(t.start, dimPoly(count)))}`;
}

/** The subscripts in brackets, without the colons at the end; nothing where all are colons. */
function subscripted(subscripts: readonly string[]): string {
  const last = subscripts.findLastIndex((s) => s !== ':');
  return last < 0 ? '' : `[${subscripts.slice(0, last + 1).join(', ')}]`;
}

/** The view with each axis once. */
function diagonal(text: string, axes: readonly Axis[]): View {
  const each = [...new Set(axes)];
  if (each.length === axes.length) return { text, axes };
  const letters = lettersOf(each);
  const of = (all: readonly Axis[]) => all.map((a) => letters.get(a.name)!).join('');
  return { text: `torch.einsum("${of(axes)}->${of(each)}", ${text})`, axes: each };
}

const ALPHABET = [...'abcdefghijklmnopqrstuvwxyz'];

/** A letter for each axis: the first of its name where it is free. */
export function lettersOf(axes: readonly Axis[]): ReadonlyMap<string, string> {
  const used = new Map<string, string>();
  for (const { name } of axes) {
    if (used.has(name)) continue;
    const taken = new Set(used.values());
    const own = name[0]!.toLowerCase();
    const letter = ALPHABET.includes(own) && !taken.has(own) ? own : ALPHABET.find((l) => !taken.has(l))!;
    used.set(name, letter);
  }
  return used;
}

/**
 * The call that exchanges the last two of several dimensions. The properties T and mT are not used: torch.compile of PyTorch
 * 2.6 takes that of one saved tensor for that of another.
 */
export const transposed = (dimensions: number): string => (dimensions === 2 ? '.t()' : '.transpose(-2, -1)');

/** The view with its dimensions in the order of `axes`, and dimensions of size 1 for those that it lacks. */
export function aligned(view: View, axes: readonly Axis[]): string {
  const order = axes.flatMap((a) => {
    const d = view.axes.findIndex((v) => v.name === a.name);
    return d < 0 ? [] : [d];
  });
  const isSorted = order.every((d, i) => d === i);
  const last = order.length - 1;
  const isSwap = !isSorted && order.every((d, i) => d === (i < last - 1 ? i : i === last ? last - 1 : last));
  const moved = isSorted
    ? view.text
    : `${view.text}${isSwap ? transposed(order.length) : `.permute(${order.join(', ')})`}`;
  const names = new Set(view.axes.map((a) => a.name));
  const first = axes.findIndex((a) => names.has(a.name));
  if (first < 0) return moved;
  const places = axes.slice(first).map((a) => (names.has(a.name) ? ':' : 'None'));
  const lastNone = places.lastIndexOf('None');
  if (lastNone < 0) return moved;
  if (places.slice(0, lastNone).every((p) => p === ':' || p === 'None') && lastNone === places.length - 1) {
    const ones = places.length - places.indexOf('None');
    if (places.slice(-ones).every((p) => p === 'None'))
      return `${moved}[..., ${'None, '.repeat(ones).slice(0, -2)}]`;
  }
  return `${moved}[${places.slice(0, lastNone + 1).join(', ')}]`;
}
