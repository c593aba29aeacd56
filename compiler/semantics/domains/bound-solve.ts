/**
 * The error of solving A X = B by Gaussian or Gauss–Jordan elimination, in any order of their sums. Higham, Accuracy and
 * Stability of Numerical Algorithms, theorems 9.4 and 14.5: with A = L U, input errors E_A and E_B, and to first order in u,
 *
 *   |x̂ − x| ≤ c + G |x̂ − x|,   c = |A⁻¹| E_B + G|x|,   G = |A⁻¹|(E_A + γ|L||U|) + 3γ|U⁻¹||U|,
 *
 * where Gaussian elimination needs no second term of G. Hence |x̂ − x| ≤ c + (G 1)·max c/(1 − g), g = ‖G‖∞.
 * With partial pivoting, A and B have their rows in the order in which elimination takes them, and the bound is the
 * largest for the orders that are possible (pivot-orders.ts), or ∞ where these are too many.
 *
 * Running the elimination on (value, bound) pairs would be valid too, but its bounds grow exponentially
 * with n.
 */
import { DIVISION_ULPS, type Format } from './accuracy.ts';
import { pivotOrders } from './pivot-orders.ts';

/** An equation to solve: values and the bounds of their errors. */
export interface Equation {
  readonly a: Matrix;
  readonly errorA: Matrix;
  readonly b: Matrix;
  readonly errorB: Matrix;
  readonly n: number;
  readonly m: number;
}

interface Solution {
  readonly values: Matrix;
  readonly bounds: Matrix;
}

/** A matrix (rows, cols), row-major. */
type Matrix = Float64Array;

/** Factors a copy of A into L (unit, below the diagonal) and U. */
function factor(a: Matrix, n: number): Matrix {
  const lu = a.slice();
  for (let p = 0; p < n; p++) {
    for (let i = p + 1; i < n; i++) {
      const l = lu[i * n + p]! / lu[p * n + p]!;
      lu[i * n + p] = l;
      for (let j = p + 1; j < n; j++) lu[i * n + j] = lu[i * n + j]! - l * lu[p * n + j]!;
    }
  }
  return lu;
}

/** Computes (L U)⁻¹ B for B (n, m). */
function substitute(lu: Matrix, n: number, b: Matrix, m: number): Matrix {
  const x = b.slice();
  const subtract = (i: number, p: number) => {
    const l = lu[i * n + p]!;
    for (let c = 0; c < m; c++) x[i * m + c] = x[i * m + c]! - l * x[p * m + c]!;
  };
  for (let p = 0; p < n; p++) for (let i = p + 1; i < n; i++) subtract(i, p);
  for (let p = n - 1; p >= 0; p--) {
    for (let c = 0; c < m; c++) x[p * m + c] = x[p * m + c]! / lu[p * n + p]!;
    for (let i = 0; i < p; i++) subtract(i, p);
  }
  return x;
}

/** Computes |A||B| for A (n, k) and B (k, m). */
function absoluteProduct(a: Matrix, b: Matrix, n: number, k: number, m: number): Matrix {
  const out = new Float64Array(n * m);
  for (let i = 0; i < n; i++) {
    for (let t = 0; t < k; t++) {
      const x = Math.abs(a[i * k + t]!);
      for (let j = 0; j < m; j++) out[i * m + j] = out[i * m + j]! + x * Math.abs(b[t * m + j]!);
    }
  }
  return out;
}

/**
 * Solves for X (n, m), and bounds each of its elements by the bounds of A's and B's elements. A bound is ∞ where
 * nothing can be promised.
 */
export function solveWithBound(format: Format, equation: Equation, pivots: boolean): Solution {
  if (!pivots) return eliminateWithBound(format, equation);
  const { a, errorA, n, m } = equation;
  const accuracy = { gamma: gammaOf(format, n), flushed: stepsOf(n) * format.minNormal };
  const { orders, areAll } = pivotOrders(a, errorA, n, accuracy);
  const all = orders.map((order) => eliminateWithBound(format, inOrder(equation, order)));
  const bounds = new Float64Array(n * m).fill(areAll ? 0 : Infinity);
  for (const one of all) {
    for (const [e, bound] of one.bounds.entries()) bounds[e] = Math.max(bounds[e]!, bound);
  }
  return { values: all[0]!.values, bounds };
}

/** The equation with its rows in another order. */
function inOrder({ a, errorA, b, errorB, n, m }: Equation, order: readonly number[]): Equation {
  const rows = (of: Matrix, width: number) =>
    of.map((_, e) => of[order[Math.floor(e / width)]! * width + (e % width)]!);
  return { a: rows(a, n), errorA: rows(errorA, n), b: rows(b, m), errorB: rows(errorB, m), n, m };
}

/** A row passes three stages, each with a division of error DIVISION_ULPS. */
const stepsOf = (n: number): number => 3 * (n + DIVISION_ULPS);

function gammaOf({ u }: Format, n: number): number {
  const k = stepsOf(n);
  return k * u < 1 ? (k * u) / (1 - k * u) : Infinity;
}

/** Solves without pivoting. */
function eliminateWithBound(format: Format, { a, errorA, b, errorB, n, m }: Equation): Solution {
  const { minNormal } = format;
  const lu = factor(a, n);
  const at = (keep: (i: number, j: number) => number) => lu.map((_, e) => keep(Math.floor(e / n), e % n));
  const lower = at((i, j) => (j < i ? lu[i * n + j]! : i === j ? 1 : 0));
  const upper = at((i, j) => (j < i ? 0 : lu[i * n + j]!));
  const identity = at((i, j) => (i === j ? 1 : 0));
  const values = substitute(lu, n, b, m);
  const inverse = substitute(lu, n, identity, n);

  // The factor 2 covers the difference between |L||U| of the device's factors and of the exact ones, and minNormal
  // covers intermediates that the device flushes.
  const [k, gamma] = [stepsOf(n), gammaOf(format, n)];
  const backward = absoluteProduct(lower, upper, n, n, n).map(
    (w, e) => errorA[e]! + 2 * gamma * w + k * minNormal,
  );
  const jordan = absoluteProduct(substitute(upper, n, identity, n), upper, n, n, n);
  const G = absoluteProduct(inverse, backward, n, n, n).map((f, e) => f + 3 * gamma * jordan[e]!);
  const given = errorB.map((e) => e + k * minNormal);
  const fromB = absoluteProduct(inverse, given, n, n, m);
  const c = absoluteProduct(G, values, n, n, m).map((e, i) => e + fromB[i]!);
  const g = absoluteProduct(G, new Float64Array(n).fill(1), n, n, 1);
  const norm = g.reduce((x, y) => Math.max(x, y), 0);
  const bounds = new Float64Array(n * m);
  for (let j = 0; j < m; j++) {
    let largest = 0;
    for (let i = 0; i < n; i++) largest = Math.max(largest, c[i * m + j]!);
    for (let i = 0; i < n; i++) {
      const bound = c[i * m + j]! + (g[i]! * largest) / (1 - norm);
      const promised = norm <= 0.5 && Math.abs(values[i * m + j]!) + bound <= format.max;
      bounds[i * m + j] = promised ? bound : Infinity;
    }
  }
  return { values, bounds };
}
