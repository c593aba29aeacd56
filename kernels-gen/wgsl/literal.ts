/** Prints WGSL literals. */
import {
  addQ,
  fromNumber,
  mulQ,
  negQ,
  printQ,
  type Rational,
  rational,
  toNumber,
} from '../../compiler/dims/rational.ts';
import { KernelError } from '../error.ts';

const MAX_F32 = (2 - 2 ** -23) * 2 ** 127;
/** The midpoint of the largest f32 and 2¹²⁸: the least number that rounds to infinity. */
const LIMIT = addQ(fromNumber(MAX_F32), fromNumber(2 ** 103));

function neighbour(x: number, up: boolean): number {
  const view = new DataView(new ArrayBuffer(4));
  if (x === 0) {
    view.setUint32(0, up ? 1 : 0x80000001);
  } else {
    view.setFloat32(0, x);
    view.setUint32(0, view.getUint32(0) + (up === x > 0 ? 1 : -1));
  }
  return view.getFloat32(0);
}

/** The f32 nearest to a rational, ties to even. Throws KernelError when it is beyond the largest f32. */
export function nearestF32(q: Rational): number {
  const magnitude = q.num < 0n ? negQ(q) : q;
  // An f32 is exact for an integer of 24 bits, and for its quotient by a small power of two.
  if (magnitude.num < 1n << 24n && q.den <= 1n << 64n && (q.den & (q.den - 1n)) === 0n) return toNumber(q);
  if (magnitude.num * LIMIT.den >= LIMIT.num * magnitude.den) {
    throw new KernelError(
      `constant ${printQ(q)} is beyond the f32 range (largest ${MAX_F32}): rescale the expression that contains it`,
    );
  }
  const guess = Math.max(-MAX_F32, Math.min(MAX_F32, Math.fround(toNumber(q))));
  // Rounding through float64 can be off by one f32: decide by the exact midpoint.
  for (const up of [true, false]) {
    const other = neighbour(guess, up);
    if (!Number.isFinite(other)) continue;
    const middle = mulQ(addQ(fromNumber(guess), fromNumber(other)), rational(1n, 2n));
    const sign = q.num * middle.den - middle.num * q.den;
    const beyond = up ? sign > 0n : sign < 0n;
    const even = (x: number) => (new Uint32Array(Float32Array.of(x).buffer)[0]! & 1) === 0;
    if (beyond || (sign === 0n && !even(guess))) return other;
  }
  return guess === 0 ? 0 : guess;
}

/** A cache of literals, because a constant is printed at each use. */
const literals = new WeakMap<Rational, string>();

/** An f32 literal; the shortest decimal of the float64 reads back as the same f32. */
export function f32Literal(q: Rational): string {
  const known = literals.get(q);
  if (known !== undefined) return known;
  const text = String(nearestF32(q));
  const literal = /[.e]/.test(text) ? `${text}f` : `${text}.0f`;
  literals.set(q, literal);
  return literal;
}

/** An i32 literal. Throws KernelError outside the range of i32. */
export function i32Literal(n: number): string {
  if (!Number.isInteger(n) || Math.abs(n) >= 2 ** 31) {
    throw new KernelError(
      `index constant ${n} is beyond the i32 range: tensors are limited to 2^31 elements`,
    );
  }
  return String(n);
}
