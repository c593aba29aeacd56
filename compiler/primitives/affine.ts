/**
 * Integer expressions in normal form: a polynomial, whose terms are a coefficient times a product of atoms, sorted by
 * the atoms' keys. An atom is an axis, a run-time size, or anything but a sum, difference or product: a floor
 * division, a remainder, a square root, an integer load, a selection. The ranges of the axes simplify divisions.
 */
import { constantOf, type Dim, dimVar, printDim } from '../dims/dims.ts';
import { printQ } from '../dims/rational.ts';
import type { BoolExpr, Expr, IntExpr } from './expr.ts';
import type { Axis } from './prim.ts';

/** Inclusive bounds of an integer. */
export interface Range {
  readonly lo: number;
  readonly hi: number;
}
/** Bounds by axis name; an axis that is not listed is only known to be ≥ 0. */
export type Ranges = ReadonlyMap<string, Range>;

export interface IntTerm {
  readonly coef: number;
  readonly atoms: readonly IntExpr[];
}
/** The sum of terms with distinct monomials and non-zero coefficients. */
export type Poly = readonly IntTerm[];

export const rangesOf = (axes: readonly Axis[]): Ranges =>
  new Map(axes.map((a) => [a.name, { lo: 0, hi: Math.max(0, (constantOf(a.extent) ?? Infinity) - 1) }]));

/** A string that two expressions share exactly when they have the same structure. */
export function keyOf(e: IntExpr | BoolExpr | Expr): string {
  switch (e.k) {
    case 'axis':
      return e.name;
    case 'int':
      return `${e.value}`;
    case 'extent':
      return `<${printDim(e.dim)}>`;
    case 'const':
      return `${e.value.den > 4096n ? `${e.value.num}/${e.value.den}` : printQ(e.value)}q`;
    case 'idiv':
    case 'imod':
      return `${e.k}(${keyOf(e.a)},${e.by})`;
    case 'load':
    case 'iload':
      return `${e.k}${e.arg}[${e.index.map(keyOf).join(',')}]`;
    case 'select':
    case 'iselect':
      return `${e.k}(${keyOf(e.cond)},${keyOf(e.then)},${keyOf(e.else)})`;
    case 'call':
      return `${e.fn}(${e.args.map(keyOf).join(',')})`;
    case 'not':
    case 'isqrt':
    case 'fromInt':
      return `${e.k}(${keyOf(e.a)})`;
    case 'iadd':
    case 'isub':
    case 'imul':
    case 'ilt':
    case 'ieq':
    case 'flt':
    case 'and':
    case 'or':
      return `${e.k}(${keyOf(e.a)},${keyOf(e.b)})`;
    default:
      throw new TypeError(`unknown expression ${e satisfies never}`);
  }
}

const termKey = ({ atoms }: IntTerm): string =>
  atoms.length === 1 ? keyOf(atoms[0]!) : atoms.map(keyOf).join('.');

export const constPoly = (n: number): Poly => (n === 0 ? [] : [{ coef: n, atoms: [] }]);
export const atomPoly = (atom: IntExpr): Poly => [{ coef: 1, atoms: [atom] }];
/** The value of a constant polynomial, or undefined. */
export const polyConstant = (p: Poly): number | undefined =>
  p.length === 0 ? 0 : p.length === 1 && p[0]!.atoms.length === 0 ? p[0]!.coef : undefined;

/** Sorts terms and adds up those with equal atoms. An insertion sort: terms are few, and most come in order. */
function collect(terms: readonly IntTerm[]): Poly {
  if (terms.length < 2) return terms.filter((t) => t.coef !== 0);
  const keys: string[] = [];
  const sums: IntTerm[] = [];
  for (const t of terms) {
    const key = termKey(t);
    let at = keys.length;
    while (at > 0 && keys[at - 1]! > key) at--;
    if (at > 0 && keys[at - 1] === key) {
      sums[at - 1] = { coef: sums[at - 1]!.coef + t.coef, atoms: t.atoms };
      continue;
    }
    for (let i = keys.length; i > at; i--) {
      keys[i] = keys[i - 1]!;
      sums[i] = sums[i - 1]!;
    }
    keys[at] = key;
    sums[at] = t;
  }
  return sums.filter((t) => t.coef !== 0);
}

export const scalePoly = (p: Poly, by: number): Poly =>
  by === 0 ? [] : by === 1 ? p : p.map((t) => ({ coef: t.coef * by, atoms: t.atoms }));
export const addPoly = (a: Poly, b: Poly): Poly =>
  a.length === 0 ? b : b.length === 0 ? a : collect(a.concat(b));
export const subPoly = (a: Poly, b: Poly): Poly => addPoly(a, scalePoly(b, -1));

function mulTerm(s: IntTerm, t: IntTerm): IntTerm {
  if (s.atoms.length === 0 || t.atoms.length === 0)
    return { coef: s.coef * t.coef, atoms: s.atoms.length > 0 ? s.atoms : t.atoms };
  const atoms = [...s.atoms, ...t.atoms].map((a) => [keyOf(a), a] as const);
  atoms.sort(([x], [y]) => (x < y ? -1 : x > y ? 1 : 0));
  return { coef: s.coef * t.coef, atoms: atoms.map(([, a]) => a) };
}
export function mulPoly(a: Poly, b: Poly): Poly {
  const by = polyConstant(b);
  if (by !== undefined) return scalePoly(a, by);
  const times = polyConstant(a);
  return times === undefined ? collect(a.flatMap((s) => b.map((t) => mulTerm(s, t)))) : scalePoly(b, times);
}
export const equalPoly = (a: Poly, b: Poly): boolean => subPoly(a, b).length === 0;

/** A size as a polynomial in its names where it has integer coefficients and no quotient, else as one atom. */
export function dimPoly(d: Dim): Poly {
  const constant = constantOf(d);
  if (constant !== undefined && Number.isInteger(constant)) return constPoly(constant);
  if (!d.terms.every((t) => t.coef.den === 1n && t.powers.every(([, p]) => p > 0))) {
    return atomPoly({ k: 'extent', dim: d });
  }
  return collect(
    d.terms.map((t) => ({
      coef: Number(t.coef.num),
      atoms: t.powers.flatMap(([n, p]) => Array<IntExpr>(p).fill({ k: 'extent', dim: dimVar(n) })),
    })),
  );
}

const mulBound = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : a * b);
function mulRange(a: Range, b: Range): Range {
  const ends = [mulBound(a.lo, b.lo), mulBound(a.lo, b.hi), mulBound(a.hi, b.lo), mulBound(a.hi, b.hi)];
  return { lo: Math.min(...ends), hi: Math.max(...ends) };
}

/** Bounds of an expression that is already in normal form. */
export function rangeInt(e: IntExpr, ranges: Ranges): Range {
  switch (e.k) {
    case 'axis':
      return ranges.get(e.name) ?? { lo: 0, hi: Infinity };
    case 'extent':
      return { lo: 0, hi: Infinity };
    case 'idiv': {
      const a = rangeInt(e.a, ranges);
      return { lo: Math.floor(Math.max(0, a.lo) / e.by), hi: Math.floor(a.hi / e.by) };
    }
    case 'imod':
      return { lo: 0, hi: Math.min(e.by - 1, Math.max(0, rangeInt(e.a, ranges).hi)) };
    case 'isqrt': {
      const a = rangeInt(e.a, ranges);
      return { lo: Math.floor(Math.sqrt(Math.max(0, a.lo))), hi: Math.floor(Math.sqrt(Math.max(0, a.hi))) };
    }
    case 'iload':
      return { lo: -Infinity, hi: Infinity };
    case 'iselect': {
      const [s, t] = [rangeInt(e.then, ranges), rangeInt(e.else, ranges)];
      return { lo: Math.min(s.lo, t.lo), hi: Math.max(s.hi, t.hi) };
    }
    case 'int':
    case 'iadd':
    case 'isub':
    case 'imul':
      return rangePoly(expand(e, ranges), ranges);
    default:
      throw new TypeError(`unknown integer expression ${e satisfies never}`);
  }
}

export const rangePoly = (p: Poly, ranges: Ranges): Range =>
  p.reduce(
    (sum, t) => {
      const one = { lo: t.coef, hi: t.coef };
      const r = t.atoms.reduce((acc, a) => mulRange(acc, rangeInt(a, ranges)), one);
      return { lo: sum.lo + r.lo, hi: sum.hi + r.hi };
    },
    { lo: 0, hi: 0 },
  );

/** The polynomial of an expression whose atoms are in normal form already. */
export function expand(e: IntExpr, ranges: Ranges): Poly {
  switch (e.k) {
    case 'int':
      return constPoly(e.value);
    case 'extent':
      return dimPoly(e.dim);
    case 'axis': {
      const r = ranges.get(e.name);
      return r !== undefined && r.lo === r.hi ? constPoly(r.lo) : atomPoly(e);
    }
    case 'iadd':
      return addPoly(expand(e.a, ranges), expand(e.b, ranges));
    case 'isub':
      return subPoly(expand(e.a, ranges), expand(e.b, ranges));
    case 'imul':
      return mulPoly(expand(e.a, ranges), expand(e.b, ranges));
    case 'idiv':
    case 'imod':
    case 'isqrt':
    case 'iload':
    case 'iselect':
      return atomPoly(e);
    default:
      throw new TypeError(`unknown integer expression ${e satisfies never}`);
  }
}

/** The expression of a polynomial: positive terms first, so that a difference prints as one. */
export function fromPoly(p: Poly): IntExpr {
  const product = (t: IntTerm): IntExpr => {
    const coef = Math.abs(t.coef);
    const factors: IntExpr[] = coef === 1 && t.atoms.length > 0 ? [] : [{ k: 'int', value: coef }];
    return [...t.atoms, ...factors].reduce((a, b) => ({ k: 'imul', a, b }));
  };
  const up = p.filter((t) => t.coef > 0).map(product);
  const down = p.filter((t) => t.coef < 0);
  if (up.length === 0 && down.length === 1 && down[0]!.atoms.length === 0)
    return { k: 'int', value: down[0]!.coef };
  const start: IntExpr = up.length > 0 ? up.reduce((a, b) => ({ k: 'iadd', a, b })) : { k: 'int', value: 0 };
  return down.reduce<IntExpr>((a, t) => ({ k: 'isub', a, b: product(t) }), start);
}

function gcd(a: number, b: number): number {
  let [x, y] = [Math.abs(a), Math.abs(b)];
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}

/** Splits p into by·multiple + rest, where the constant of rest lies in [0, by). */
function split(p: Poly, by: number): { multiple: Poly; rest: Poly } {
  const multiple: IntTerm[] = [];
  const rest: IntTerm[] = [];
  for (const t of p) {
    const q = t.coef % by === 0 || t.atoms.length === 0 ? Math.floor(t.coef / by) : 0;
    if (q !== 0) multiple.push({ coef: q, atoms: t.atoms });
    if (t.coef - q * by !== 0) rest.push({ coef: t.coef - q * by, atoms: t.atoms });
  }
  return { multiple, rest };
}

/** Splits p into g·x + low with 0 ≤ low < g, for the largest such divisor 1 < g < by of `by`; else undefined. */
function lowDigit(p: Poly, by: number, ranges: Ranges): { g: number; x: Poly; low: Poly } | undefined {
  const factors = p.filter((t) => t.atoms.length > 0).map((t) => gcd(t.coef, by));
  for (const g of [...new Set([...factors, factors.reduce(gcd, by)])].sort((a, b) => b - a)) {
    if (g === 1 || g === by) continue;
    const { multiple: x, rest: low } = split(p, g);
    const r = rangePoly(low, ranges);
    if (r.lo >= 0 && r.hi < g) return { g, x, low };
  }
  return undefined;
}

const soleAtom = (p: Poly): IntExpr | undefined =>
  p.length === 1 && p[0]!.coef === 1 && p[0]!.atoms.length === 1 ? p[0]!.atoms[0] : undefined;

/** The polynomial of ⌊p / by⌋ for p ≥ 0. */
export function divPoly(p: Poly, by: number, ranges: Ranges): Poly {
  if (by === 1) return p;
  const { multiple, rest } = split(p, by);
  const r = rangePoly(rest, ranges);
  const low = Math.floor(r.lo / by);
  if (Number.isFinite(low) && low === Math.floor(r.hi / by)) return addPoly(multiple, constPoly(low));
  if (r.lo < 0) return atomPoly({ k: 'idiv', a: fromPoly(p), by });
  const digit = lowDigit(rest, by, ranges);
  if (digit) return addPoly(multiple, divPoly(digit.x, by / digit.g, ranges));
  const inner = soleAtom(rest);
  if (inner?.k === 'idiv') return addPoly(multiple, divPoly(expand(inner.a, ranges), inner.by * by, ranges));
  if (inner?.k === 'imod' && inner.by % by === 0) {
    const quotient = divPoly(expand(inner.a, ranges), by, ranges);
    return addPoly(multiple, modPoly(quotient, inner.by / by, ranges));
  }
  return addPoly(multiple, atomPoly({ k: 'idiv', a: fromPoly(rest), by }));
}

/** The polynomial of p mod by for p ≥ 0. */
export function modPoly(p: Poly, by: number, ranges: Ranges): Poly {
  if (by === 1) return [];
  const { rest } = split(p, by);
  const r = rangePoly(rest, ranges);
  const low = Math.floor(r.lo / by);
  if (Number.isFinite(low) && low === Math.floor(r.hi / by)) return addPoly(rest, constPoly(-low * by));
  if (r.lo < 0) return atomPoly({ k: 'imod', a: fromPoly(p), by });
  const digit = lowDigit(rest, by, ranges);
  if (digit) return addPoly(scalePoly(modPoly(digit.x, by / digit.g, ranges), digit.g), digit.low);
  const inner = soleAtom(rest);
  if (inner?.k === 'imod' && inner.by % by === 0) return modPoly(expand(inner.a, ranges), by, ranges);
  return atomPoly({ k: 'imod', a: fromPoly(rest), by });
}

/** Replaces b·(x idiv b) + x imod b by x wherever it occurs. */
export function recombine(p: Poly, ranges: Ranges): Poly {
  // A quotient and its remainder are two terms, so one term is left as it is.
  if (p.length < 2) return p;
  for (const t of p) {
    for (let i = 0; i < t.atoms.length; i++) {
      const atom = t.atoms[i]!;
      if (atom.k !== 'imod') continue;
      const x = expand(atom.a, ranges);
      const quotient = divPoly(x, atom.by, ranges);
      const others: Poly = [{ coef: t.coef, atoms: t.atoms.filter((_, j) => j !== i) }];
      const partner = scalePoly(mulPoly(others, quotient), atom.by);
      const present = partner.every((u) => p.some((v) => v.coef === u.coef && termKey(v) === termKey(u)));
      if (partner.length === 0 || !present) continue;
      return recombine(addPoly(subPoly(subPoly(p, [t]), partner), mulPoly(others, x)), ranges);
    }
  }
  return p;
}
