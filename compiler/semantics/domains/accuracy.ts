/**
 * The accuracy that WGSL promises. Source: WebGPU Shading Language, W3C, sections
 * 'Differences from IEEE-754' (any rounding direction; subnormals may be flushed; overflow is indeterminate)
 * and 'Accuracy of Concrete Floating Point Expressions', whose rows are:
 *
 *   x + y, x − y, x * y      correctly rounded, up or down
 *   x / y                    2.5 ULP for |y| in [2⁻¹²⁶, 2¹²⁶]; f16: [2⁻¹⁴, 2¹⁴]
 *   −x, abs, max, min        correctly rounded: exact here
 *   x < y                    correct result
 *   inverseSqrt(x)           2 ULP;  sqrt(x) inherited from 1.0 / inverseSqrt(x)
 *   exp(x)                   3 + 2|x| ULP; f16: 1 + 2|x|
 *   log(x)                   absolute 2⁻²¹ in [0.5, 2], else 3 ULP; f16: absolute 2⁻⁷
 *
 * tanh is not WGSL's, but a function of kernels-gen/wgsl/calls.ts. Below 0.5625 it is x + x³·p(x²), where the second
 * term is a tenth of the first: 2 ULP. From there on it is 1 − 2/(exp(2x) + 1), with an absolute 5·2⁻²³ at most beside
 * a result of 0.5: 10 ULP.
 *
 * erf is such a function too. Below 1 it is x·p(x²), and from there on 1 − exp(−x²)·q(1/(1 + x/2)), where the second term is
 * at most a fifth of the result: 10 ULP.
 *
 * sin and cos are another one, because WGSL promises an absolute 2⁻¹¹ in [−π, π] and nothing outside it. It subtracts
 * k quarter turns from x, of which two products and the first difference are exact up to |x| = 4096, and sums a series of
 * the rest r ≤ 0.8. r errs by 2·0.8u, the last addition by u, and the rest by u: an absolute 8u = 2⁻²⁰ at most.
 *
 * 1 ULP of x is at most u·|x| with u = 2⁻²³ (f32), 2⁻¹⁰ (f16).
 */
export interface Format {
  /** The relative error of one rounding in an unspecified direction. */
  readonly u: number;
  readonly minNormal: number;
  readonly minSubnormal: number;
  readonly max: number;
  /** The bound of a divisor y: |y| must lie in [1/maxDivisor, maxDivisor]. */
  readonly maxDivisor: number;
  readonly expUlps: (x: number) => number;
  /** The absolute error of log in [0.5, 2]. */
  readonly logNearOne: number;
  /** The absolute error of sin and cos. */
  readonly trig: number;
}

export const F32: Format = {
  u: 2 ** -23,
  minNormal: 2 ** -126,
  minSubnormal: 2 ** -149,
  max: (2 - 2 ** -23) * 2 ** 127,
  maxDivisor: 2 ** 126,
  expUlps: (x) => 3 + 2 * Math.abs(x),
  logNearOne: 2 ** -21,
  trig: 2 ** -20,
};

export const F16: Format = {
  u: 2 ** -10,
  minNormal: 2 ** -14,
  minSubnormal: 2 ** -24,
  max: (2 - 2 ** -10) * 2 ** 15,
  maxDivisor: 2 ** 14,
  expUlps: (x) => 1 + 2 * Math.abs(x),
  logNearOne: 2 ** -7,
  trig: 2 ** -7,
};

export const DIVISION_ULPS = 2.5;
/** sqrt(x) = 1.0 / inverseSqrt(x): 2 ULP of inverseSqrt, 2.5 of the division, and 0.5 for the two errors multiplied. */
export const SQRT_ULPS = 5;
export const LOG_ULPS = 3;
export const TANH_ULPS = 10;
export const ERF_ULPS = 10;
/** The largest |x| for which sin and cos have a bound. */
export const TRIG_END = 4096;
