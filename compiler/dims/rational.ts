/**
 * Exact rationals. Coefficients of dimensions and of scales are kept exact, so that an identity checked
 * over a prime field is an identity and not a rounding accident: every float64 is a dyadic rational.
 */
export interface Rational {
  readonly num: bigint;
  readonly den: bigint;
}

const absolute = (a: bigint): bigint => (a < 0n ? -a : a);
const isPowerOf2 = (a: bigint): boolean => a > 0n && (a & (a - 1n)) === 0n;

function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [absolute(a), absolute(b)];
  // Denominators of float64 are powers of 2, which Euclid's steps would take apart bit by bit.
  if (x !== 0n && isPowerOf2(y)) return (x & -x) % y === 0n ? y : x & -x;
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
  let bits = 0;
  let scaled = x;
  while (!Number.isInteger(scaled)) {
    scaled *= 2; // exact: only the exponent changes
    bits++;
  }
  // The first integer is odd, or x itself: either way the fraction is in lowest terms.
  return { num: BigInt(scaled), den: 1n << BigInt(bits) };
}

/** The float64 nearest to the rational (the quotient of two 53-bit integers is correctly rounded). */
export function toNumber(q: Rational): number {
  const n = Number(q.num);
  if (q.den === 1n) return n;
  const d = Number(q.den);
  return Number.isFinite(n) && Number.isFinite(d) ? n / d : dividedExactly(q);
}

/** The number of bits of an integer, or up to 3 more. */
const bitsOf = (a: bigint): number => 4 * absolute(a).toString(16).length;

/**
 * Divides num by den where a float64 cannot hold one of them. It cuts the quotient off after some 64 bits, and sets the
 * last bit if more would follow, so that the quotient rounds correctly.
 */
function dividedExactly({ num, den }: Rational): number {
  const shift = 64 + bitsOf(den) - bitsOf(num);
  const [up, down] = shift > 0 ? [num << BigInt(shift), den] : [num, den << BigInt(-shift)];
  const quotient = up / down;
  const leading = Number(up % down === 0n ? quotient : quotient | 1n);
  // The scaling takes two steps, because the power of 2 alone may be no float64.
  const half = Math.trunc(shift / 2);
  return leading * 2 ** -half * 2 ** (half - shift);
}

export const ONE = rational(1n);
export const addQ = (a: Rational, b: Rational): Rational =>
  rational(a.num * b.den + b.num * a.den, a.den * b.den);
/** The product. Each numerator is reduced by the other denominator: in a long product, one of the two is short. */
export function mulQ(a: Rational, b: Rational): Rational {
  if (a.den === 1n && b.den === 1n) return { num: a.num * b.num, den: 1n };
  const [p, q] = [rational(a.num, b.den), rational(b.num, a.den)];
  return { num: p.num * q.num, den: p.den * q.den };
}
export const negQ = (a: Rational): Rational => ({ num: -a.num, den: a.den });
/** The quotient a/b. Throws RangeError when b is 0. */
export const divQ = (a: Rational, b: Rational): Rational => mulQ(a, rational(b.den, b.num));
export const eqQ = (a: Rational, b: Rational): boolean => a.num === b.num && a.den === b.den;
export const isZeroQ = (a: Rational): boolean => a.num === 0n;
export const isNegativeQ = (a: Rational): boolean => a.num < 0n;

/** The text of a rational, such as `3` or `-1/2`; long dyadic fractions print as their decimal float64. */
export function printQ(q: Rational): string {
  if (q.den === 1n) return q.num.toString();
  return q.den > 4096n ? String(toNumber(q)) : `${q.num}/${q.den}`;
}
