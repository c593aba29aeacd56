/**
 * A running error bound: every scalar is a float64 value, with a bound on its distance from the same scalar on any
 * device that obeys WGSL (accuracy.ts). The bound of a sum holds for any order of its additions: k additions err by
 * at most γ(k)·Σ|addend|, γ(k) = k·u/(1 − k·u) (Higham, Accuracy and Stability of Numerical Algorithms, §4.2). A
 * bound of ∞ means WGSL promises nothing: overflow, a pole, sin of thousands of turns.
 *
 * The bound holds for devices on which sums of a contraction, reduction or scatter start from 0 or from an addend of
 * that sum, and solve is Gaussian or Gauss–Jordan elimination, with partial pivoting where the primitive says so.
 */
import { toNumber } from '../../dims/rational.ts';
import {
  DIVISION_ULPS,
  ERF_ULPS,
  F16,
  F32,
  type Format,
  LOG_ULPS,
  SQRT_ULPS,
  TANH_ULPS,
  TRIG_END,
} from './accuracy.ts';
import { solveWithBound } from './bound-solve.ts';
import { count, type Domain, type Pair, shiftedLogSumExp, type TensorValue } from './domain.ts';
import { erf } from './float64.ts';

/** A finished scalar. Where the value or the bound is not a number, the bound is ∞: nothing is promised. */
const leaf = (value: number, bound: number): Pair => ({
  value,
  bound: Number.isNaN(value) || Number.isNaN(bound) ? Infinity : bound,
  terms: 1,
  magnitude: Math.abs(value) + bound,
});

/**
 * The result of one operation. Its exact value is within `error` of `value`; a device rounds it by `ulps` and may
 * flush it to zero. An exact zero stays zero.
 */
function rounded(format: Format, value: number, error: number, ulps: number): Pair {
  const magnitude = Math.abs(value) + error;
  if (magnitude === 0) return leaf(value, 0);
  let bound = error + ulps * format.u * magnitude;
  if (Math.abs(value) - bound < format.minNormal) {
    bound += Math.min(magnitude, format.minNormal) + ulps * format.minSubnormal;
  }
  return leaf(value, Math.abs(value) + bound <= format.max ? bound : Infinity);
}

/** A tensor that a device holds exactly, such as its inputs. Throws RangeError on a wrong element count. */
export function exact(shape: readonly number[], values: ArrayLike<number>): TensorValue<Pair> {
  if (values.length !== count(shape)) {
    throw new RangeError(
      `${values.length} values for shape (${shape.join(', ')}), which has ${count(shape)}`,
    );
  }
  return { shape, values: Float64Array.from(values), bounds: new Float64Array(values.length) };
}

/** The domain of a device that computes in `format`; elements of type f16 are rounded when stored. */
export function bound(format: Format = F32): Domain<Pair> {
  const { u, minNormal, max: largest } = format;
  const gamma = (k: number): number => (k * u < 1 ? (k * u) / (1 - k * u) : Infinity);

  /** Whether x is a multiple of u·2^⌊log₂|x|⌋ in the normal range. It may be false for a value just below 2^k. */
  const representable = (x: number): boolean => {
    const ax = Math.abs(x);
    return ax >= minNormal && ax <= largest && Number.isInteger(x / (u * 2 ** Math.floor(Math.log2(ax))));
  };
  const given = (x: number): Pair => (representable(x) ? leaf(x, 0) : rounded(format, x, 0, 1));

  /** Finishes a sum: its bound now covers the roundings of the additions. */
  const close = (p: Pair): Pair => {
    if (p.terms === 1) return p;
    const bounded = p.bound + gamma(p.terms - 1) * p.magnitude + p.terms * minNormal;
    return leaf(p.value, p.magnitude + bounded <= largest ? bounded : Infinity);
  };

  const create = (shape: readonly number[]): TensorValue<Pair> =>
    exact(shape, new Float64Array(count(shape)));
  /**
   * Reads an element. The bound covers that a device may flush it: a tensor from outside can have subnormal elements.
   */
  const read = (t: TensorValue<Pair>, at: number): Pair => {
    const [value, error] = [t.values[at]!, t.bounds[at]!];
    const flushed = Math.abs(value) - error < minNormal ? Math.min(Math.abs(value) + error, minNormal) : 0;
    return leaf(value, error + flushed);
  };

  const add = (a: Pair, b: Pair): Pair => {
    if (a.magnitude === 0) return b;
    if (b.magnitude === 0) return a;
    return {
      value: a.value + b.value,
      bound: a.bound + b.bound,
      terms: a.terms + b.terms,
      magnitude: a.magnitude + b.magnitude,
    };
  };
  const neg = (a: Pair): Pair => ({ ...a, value: -a.value });
  const sub = (a: Pair, b: Pair): Pair => add(a, neg(b));
  const mul = (x: Pair, y: Pair): Pair => {
    const [a, b] = [close(x), close(y)];
    const error = Math.abs(a.value) * b.bound + a.bound * b.magnitude;
    return rounded(format, a.value * b.value, error, 1);
  };
  const div = (x: Pair, y: Pair): Pair => {
    const [a, b] = [close(x), close(y)];
    const least = Math.abs(b.value) - b.bound;
    const q = a.value / b.value;
    if (!(least * format.maxDivisor >= 1 && b.magnitude <= format.maxDivisor)) return leaf(q, Infinity);
    return rounded(format, q, (a.bound + Math.abs(q) * b.bound) / least, DIVISION_ULPS);
  };
  const exp = (x: Pair): Pair => {
    const a = close(x);
    const value = Math.exp(a.value);
    return rounded(format, value, value * Math.expm1(a.bound), format.expUlps(a.magnitude));
  };
  /** The result of a function of slope at most 1, with values in [−1, 1] and an absolute accuracy. */
  const contractive = (value: number, error: number, absolute: number) =>
    leaf(value, Math.min(error, 2) + absolute);
  const trig = (f: (x: number) => number) => (x: Pair) => {
    const a = close(x);
    return contractive(f(a.value), a.bound, a.magnitude <= TRIG_END ? format.trig : Infinity);
  };
  const pick = (f: (a: number, b: number) => number) => (x: Pair, y: Pair) => {
    const [a, b] = [close(x), close(y)];
    return leaf(f(a.value, b.value), Math.max(a.bound, b.bound));
  };

  const domain: Domain<Pair> = {
    create,
    read,
    write: (t, at, x, dtype) => {
      const { value, bound } = close(x);
      const stored = dtype === 'f16' ? rounded(F16, value, bound, 1).bound : bound;
      t.values[at] = value;
      t.bounds[at] = stored;
    },
    constant: (q) => given(toNumber(q)),
    fromInt: given,
    // A device may hold its least number instead.
    least: leaf(-Infinity, Infinity),
    less: (x, y) => {
      const [a, b] = [close(x), close(y)];
      const tolerance = a.bound + b.bound;
      const sure = tolerance === 0 || Math.abs(a.value - b.value) > tolerance;
      return a.value < b.value ? (sure ? 1 : 3) : sure ? 0 : 2;
    },
    either: (x, y) => {
      const [a, b] = [close(x), close(y)];
      return leaf(a.value, Math.max(a.bound, Math.abs(b.value - a.value) + b.bound));
    },
    add,
    sub,
    mul,
    div,
    max: pick(Math.max),
    min: pick(Math.min),
    neg,
    abs: (x) => {
      const a = close(x);
      return leaf(Math.abs(a.value), a.bound);
    },
    /** sqrt(0) = 0 on every device, though 1/inverseSqrt(0) promises nothing. */
    sqrt: (x) => {
      const a = close(x);
      if (a.magnitude === 0) return a;
      const value = Math.sqrt(a.value);
      const least = a.value - a.bound;
      const error = least < 0 ? Infinity : value - Math.sqrt(least);
      return rounded(format, value, error, SQRT_ULPS);
    },
    exp,
    log: (x) => {
      const a = close(x);
      const value = Math.log(a.value);
      const least = a.value - a.bound;
      const error = least > 0 ? value - Math.log(least) : Infinity;
      const near = least <= 2 && a.value + a.bound >= 0.5 ? format.logNearOne : 0;
      return rounded(format, value, error + near, LOG_ULPS);
    },
    sin: trig(Math.sin),
    cos: trig(Math.cos),
    tanh: (x) => {
      const a = close(x);
      return rounded(format, Math.tanh(a.value), Math.min(a.bound, 2), TANH_ULPS);
    },
    // The slope of erf is at most 2/√π.
    erf: (x) => {
      const a = close(x);
      return rounded(format, erf(a.value), Math.min((2 / Math.sqrt(Math.PI)) * a.bound, 2), ERF_ULPS);
    },
    matmul: (a, b) => {
      const [m, k] = [a.shape[0]!, a.shape[1]!];
      const n = b.shape[0]!;
      const out = create([m, n]);
      const [A, B, EA, EB] = [a.values, b.values, a.bounds, b.bounds];
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          let [value, error, magnitude] = [0, 0, 0];
          for (let t = 0, p = i * k, q = j * k; t < k; t++, p++, q++) {
            const [x, y, ex, ey] = [A[p]!, B[q]!, EA[p]!, EB[q]!];
            const [ax, ay] = [Math.abs(x), Math.abs(y)];
            value += x * y;
            magnitude += ax * ay;
            error += ax * ey + ex * (ay + ey);
          }
          const product = magnitude + error;
          const rounding = product === 0 ? 0 : u * product + k * minNormal;
          const sum = {
            value,
            bound: error + rounding,
            terms: Math.max(k, 1),
            magnitude: product + rounding,
          };
          const closed = close(product === 0 ? leaf(value, 0) : sum);
          out.values[i * n + j] = closed.value;
          out.bounds[i * n + j] = closed.bound;
        }
      }
      return out;
    },
    solve: (a, b, pivots) => {
      const [n, m] = [b.shape[0]!, b.shape[1]!];
      const errors = (t: TensorValue<Pair>) => t.bounds.map((_, i) => read(t, i).bound);
      const equation = { a: a.values, errorA: errors(a), b: b.values, errorB: errors(b), n, m };
      return { shape: b.shape, ...solveWithBound(format, equation, pivots) };
    },
    /**
     * A device may keep its sum of exponentials relative to the largest x so far, m. It may then rescale the sum by
     * exp(d) for each x, and once more for partial sums, where d is the old m minus the new one. The factor has a
     * relative error of at most (3 + 2|d| + 1)u, and d one of |d|u. The sum of all |d| is at most the range of x.
     */
    logSumExp: (all) => {
      const xs = all.map(close);
      const plain = close(shiftedLogSumExp(domain, xs));
      const range =
        Math.max(...xs.map((x) => x.value + x.bound)) - Math.min(...xs.map((x) => x.value - x.bound));
      const rescaled = (4 * (xs.length + 1) + 3 * range) * u;
      return leaf(plain.value, plain.bound + (rescaled < 1 ? rescaled / (1 - rescaled) : Infinity));
    },
  };
  return domain;
}

/** An element of a device's result that lies outside its bound. */
export interface Violation {
  readonly index: number;
  readonly actual: number;
  readonly value: number;
  readonly bound: number;
}

/** The first element outside its bound. Throws RangeError when the element counts differ. */
export function outside(actual: ArrayLike<number>, expected: TensorValue<Pair>): Violation | undefined {
  const index = Array.from(expected.values).findIndex((_, i) => ratio(actual, expected, i) > 1);
  if (index < 0) return undefined;
  return { index, actual: actual[index]!, value: expected.values[index]!, bound: expected.bounds[index]! };
}

/** The largest |actual − value|/bound: at most 1 when nothing is outside. */
export const worstRatio = (actual: ArrayLike<number>, expected: TensorValue<Pair>): number =>
  expected.values.reduce((worst, _, i) => Math.max(worst, ratio(actual, expected, i)), 0);

/** The ratio |actual − value|/bound of an element: 0 for a bound of ∞, and ∞ for a NaN that is not allowed. */
function ratio(actual: ArrayLike<number>, expected: TensorValue<Pair>, i: number): number {
  if (actual.length !== expected.values.length) {
    throw new RangeError(`${actual.length} elements to compare with ${expected.values.length}`);
  }
  const bound = expected.bounds[i]!;
  const error = Math.abs(actual[i]! - expected.values[i]!);
  if (bound === Infinity || error === 0) return 0;
  return Number.isNaN(error) ? Infinity : error / bound;
}
