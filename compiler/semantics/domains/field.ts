/**
 * The prime field of p elements, for identities: ring operations are exact, and an identity of rings that
 * fails over the reals survives a random draw with probability about degree/p. Functions without a meaning
 * here are uninterpreted: a keyed hash of their arguments, chosen so that the identities listed below hold.
 *
 *   <, max, min, abs   a keyed random total order: max and min return an operand, are commutative,
 *                      associative and idempotent, agree with <, and |a| = max(a, −a)
 *   sin, cos           a hashed rational point of the circle: cos² + sin² = 1, sin odd, cos even
 *   tanh, erf          odd
 *   exp 0 = 1, log 1 = 0, sqrt 0 = 0, sqrt 1 = 1, sin 0 = tanh 0 = erf 0 = 0, cos 0 = 1
 */
import type { Rational } from '../../dims/rational.ts';
import { type Domain, numberStorage, Singular, shiftedLogSumExp, type TensorValue } from './domain.ts';
import { type Elimination, eliminate } from './eliminate.ts';

/** The largest prime whose square is below 2⁵³, so that products of residues are exact numbers. */
export const P = 94906249;

/** The error for a division by zero in the field. It says nothing about the reals: draw again. */
export class FieldSingular extends Singular {}

/** The residue n mod p of an integer |n| < 2⁵³. */
const residue = (n: number): number => {
  const r = n - Math.floor(n * (1 / P)) * P; // the rounded quotient is off by at most one
  return r < 0 ? r + P : r >= P ? r - P : r;
};

const add = (a: number, b: number) => (a + b < P ? a + b : a + b - P);
const sub = (a: number, b: number) => (a < b ? a - b + P : a - b);
const neg = (a: number) => (a === 0 ? 0 : P - a);
const mul = (a: number, b: number) => residue(a * b);

/** An inverse in (−p, p), by the extended Euclidean algorithm. Throws FieldSingular for 0. */
function inverse(a: number): number {
  if (a === 0) throw new FieldSingular(`division by 0 modulo ${P}; draw other inputs`);
  let [r, s, x, y] = [P, a, 0, 1];
  while (s !== 0) {
    const q = Math.floor(r / s);
    [r, s, x, y] = [s, r - q * s, y, x - q * y];
  }
  return x;
}

const div = (a: number, b: number) => mul(a, inverse(b));
const elimination: Elimination = {
  sub,
  mul,
  div,
  better: (candidate, pivot) => pivot === 0 && candidate !== 0,
};

/** The element num/den of the field. Throws FieldSingular when p divides the denominator. */
export function fromRational(q: Rational): number {
  const p = BigInt(P);
  return div(residue(Number(q.num % p)), residue(Number(q.den % p)));
}

/** Computes A Bᵀ. It reduces a sum of residues once: they are below 2²⁷, so the sum of up to 2²⁶ of them is exact. */
function matmul(a: TensorValue<number>, b: TensorValue<number>): TensorValue<number> {
  const [m, k] = [a.shape[0]!, a.shape[1]!];
  const n = b.shape[0]!;
  const out = numberStorage.create([m, n]);
  const [A, B] = [a.values, b.values];
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let s = 0;
      for (let t = 0, p = i * k, q = j * k; t < k; t++) s += residue(A[p + t]! * B[q + t]!);
      out.values[i * n + j] = residue(s);
    }
  }
  return out;
}

/** The field whose uninterpreted functions are drawn by `key`, a 32-bit integer. */
export function field(key: number): Domain<number> {
  /** A hash of 32 bits from the key, a function's id and its argument, each mixed by MurmurHash3's finaliser. */
  const hash = (fn: number, a: number): number => {
    let h = 0;
    for (const word of [key, fn, a]) {
      h = (h ^ word) + 0x9e3779b9;
      h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
      h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
      h ^= h >>> 16;
    }
    return h >>> 0;
  };
  const symbol = (fn: number) => (a: number) => hash(fn, a) % P;
  const where = (known: Readonly<Record<number, number>>, f: (a: number) => number) => (a: number) =>
    known[a] ?? f(a);
  const odd = (f: (a: number) => number) => (a: number) => (a <= P - a ? f(a) : neg(f(P - a)));

  const rank = (a: number) => hash(1, a);
  const before = (a: number, b: number): boolean => rank(a) < rank(b) || (rank(a) === rank(b) && a < b);
  const max = (a: number, b: number) => (before(a, b) ? b : a);

  /** The point (cos, sin) = ((1 − t²), 2t)/(1 + t²) of the circle, with t = 0 at a = 0. */
  const circle = (a: number): readonly [cos: number, sin: number] => {
    const t = a === 0 ? 0 : hash(2, a) % P;
    const scale = inverse(add(1, mul(t, t)));
    return [mul(sub(1, mul(t, t)), scale), mul(add(t, t), scale)];
  };

  const domain: Domain<number> = {
    ...numberStorage,
    constant: fromRational,
    fromInt: residue,
    less: (a, b) => (before(a, b) ? 1 : 0),
    add,
    sub,
    mul,
    div,
    max,
    min: (a, b) => (before(a, b) ? a : b),
    neg,
    abs: (a) => max(a, neg(a)),
    sqrt: where({ 0: 0, 1: 1 }, symbol(3)),
    exp: where({ 0: 1 }, symbol(4)),
    log: where({ 1: 0 }, symbol(5)),
    sin: odd((a) => circle(a)[1]),
    cos: (a) => circle(Math.min(a, neg(a)))[0],
    tanh: odd(where({ 0: 0 }, symbol(6))),
    erf: odd(where({ 0: 0 }, symbol(7))),
    matmul,
    logSumExp: (all) => shiftedLogSumExp(domain, all),
    solve: (a, b) => eliminate(elimination, a, b),
  };
  return domain;
}
