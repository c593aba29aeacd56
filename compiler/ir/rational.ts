/**
 * Exact rationals. Coefficients of dimensions and of scales are kept exact, so that an identity checked
 * over a prime field is an identity and not a rounding accident: every float64 is a dyadic rational.
 */
export interface Rational {
  readonly num: bigint;
  readonly den: bigint;
}

function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

/** num/den in lowest terms with a positive denominator. Throws RangeError when den is 0. */
export function rational(num: bigint, den = 1n): Rational {
  if (den === 1n) return { num, den };
  if (den === 0n) throw new RangeError('rational with denominator 0');
  const g = gcd(num, den) || 1n;
  const sign = den < 0n ? -1n : 1n;
  return { num: (sign * num) / g, den: (sign * den) / g };
}

/** The exact value of a finite float64. Throws RangeError on NaN and infinities. */
export function fromNumber(x: number): Rational {
  if (!Number.isFinite(x)) throw new RangeError(`${x} is not a finite number`);
  let den = 1n;
  let scaled = x;
  while (!Number.isInteger(scaled)) {
    scaled *= 2; // exact: only the exponent changes
    den *= 2n;
  }
  return rational(BigInt(scaled), den);
}

/** The float64 nearest to the rational (the quotient of two 53-bit integers is correctly rounded). */
export function toNumber(q: Rational): number {
  const n = Number(q.num);
  if (q.den === 1n) return n;
  const d = Number(q.den);
  return Number.isFinite(n) && Number.isFinite(d) ? n / d : Number(q.num / q.den);
}

export const ZERO = rational(0n);
export const ONE = rational(1n);
export const addQ = (a: Rational, b: Rational): Rational =>
  rational(a.num * b.den + b.num * a.den, a.den * b.den);
export const mulQ = (a: Rational, b: Rational): Rational => rational(a.num * b.num, a.den * b.den);
export const negQ = (a: Rational): Rational => ({ num: -a.num, den: a.den });
export const divQ = (a: Rational, b: Rational): Rational => rational(a.num * b.den, a.den * b.num);
export const eqQ = (a: Rational, b: Rational): boolean => a.num === b.num && a.den === b.den;
export const isZeroQ = (a: Rational): boolean => a.num === 0n;

/** `3`, `-1/2`; long dyadic fractions print as their decimal float64. */
export function printQ(q: Rational): string {
  if (q.den === 1n) return q.num.toString();
  return q.den > 4096n ? String(toNumber(q)) : `${q.num}/${q.den}`;
}
