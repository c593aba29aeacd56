/** The operators of the language, typed. Each stands in compiler/ops/surface.ts; its law is in its own file there. */
import type { NeumannSeries } from '../../../compiler/ops/polynomial.ts';
import type {
  BlockDiagonal,
  Broadcast,
  Dim,
  IdentityShape,
  MatchBroadcast,
  Shape,
  ShapeOf,
  Square,
  Summed,
  Unpacked,
} from './shape.ts';
import { call, type Tensor } from './tensor.ts';

export type { NeumannSeries };

/** Makes a skew-symmetric Q = −Qᵀ from its packed strict upper triangle, row-major: (…, tri(b)) → (…, b, b). */
export function skew<S extends Shape>(packed: Tensor<S>): Tensor<Unpacked<S>> {
  return call('skew', packed);
}

/** The block-diagonal matrix diag(T₁, …, Tᵣ): (r, b, c) → (r*b, r*c). */
export function blockDiag<S extends Shape>(blocks: Tensor<S>): Tensor<BlockDiagonal<S>> {
  return call('blockDiag', blocks);
}

/** The Cayley transform (I+Q)(I−Q)⁻¹, orthogonal for skew-symmetric Q. */
export function cayley<S extends Shape>(q: Tensor<S> & Square<S>): Tensor<S> {
  return call('cayley', q);
}

export interface NeumannOptions {
  /** The number of terms, PEFT's `num_cayley_neumann_terms`; 1 to 64, default 5. */
  readonly terms?: number;
  /** The truncation of the series; default `peft-0.18`. */
  readonly series?: NeumannSeries;
}

/** The truncated Neumann series of the Cayley transform: orthogonal only up to the truncation. */
export function cayleyNeumann<S extends Shape>(
  q: Tensor<S> & Square<S>,
  options?: NeumannOptions,
): Tensor<S> {
  return call('cayleyNeumann', q, options);
}

/** The matrix polynomial Σ cₖ Qᵏ. */
export function polynomial<S extends Shape>(
  q: Tensor<S> & Square<S>,
  coefficients: readonly number[],
): Tensor<S> {
  return call('polynomial', q, coefficients);
}

/** The identity matrix: `identity('n')` is n×n; with more dimensions the last two are the matrix. */
export function identity<const D extends readonly [Dim, ...Dim[]]>(...dims: D): Tensor<IdentityShape<D>> {
  return call('identity', ...dims);
}

/** Repeats a tensor along new leading axes and axes of size 1. */
export function expand<const D extends readonly Dim[]>(a: Tensor, ...dims: D): Tensor<ShapeOf<D>> {
  return call('expand', a, ...dims);
}

/** The same value, which differentiation treats as a constant. */
export function detach<S extends Shape>(a: Tensor<S>): Tensor<S> {
  return call('detach', a);
}

/**
 * The value of `value`, whose gradient passes to `through` instead, as if `through` were the result: the straight-through
 * estimator. `straightThrough(U, U.sub(Q.matmul(Q.T.matmul(U))))` is U, with gradients orthogonal to the columns of Q.
 * Throws OFT2002 for two shapes and OFT2005 for two dtypes.
 */
export function straightThrough<S extends Shape, R extends Shape>(
  value: Tensor<S>,
  through: Tensor<R> & MatchBroadcast<S, R>,
): Tensor<S> {
  return call('straightThrough', value, through);
}

/** A constant as a tensor of rank 0: `scalar(1).div(x)`. */
export function scalar(value: number): Tensor<[]> {
  return call('scalar', value);
}

/** The size of a dimension as a tensor of rank 0. */
export function size(dim: Dim): Tensor<[]> {
  return call('size', dim);
}

/** Σ over one axis or several, counted from the back when negative; summed axes keep size 1. */
export function sum<S extends Shape, const A extends number | readonly number[]>(
  a: Tensor<S>,
  axis: A,
): Tensor<Summed<S, A>> {
  return call('sum', a, axis);
}

export function sqrt<S extends Shape>(a: Tensor<S>): Tensor<S> {
  return call('sqrt', a);
}

export function exp<S extends Shape>(a: Tensor<S>): Tensor<S> {
  return call('exp', a);
}

/** The natural logarithm. */
export function log<S extends Shape>(a: Tensor<S>): Tensor<S> {
  return call('log', a);
}

export function sin<S extends Shape>(a: Tensor<S>): Tensor<S> {
  return call('sin', a);
}

export function cos<S extends Shape>(a: Tensor<S>): Tensor<S> {
  return call('cos', a);
}

export function tanh<S extends Shape>(a: Tensor<S>): Tensor<S> {
  return call('tanh', a);
}

/** The error function 2/√π·∫₀ᵃ exp(−t²) dt. */
export function erf<S extends Shape>(a: Tensor<S>): Tensor<S> {
  return call('erf', a);
}

/** The GELU a·(1 + erf(a/√2))/2 (Hendrycks and Gimpel, arXiv 1606.08415), exact and not in its tanh form. */
export function gelu<S extends Shape>(a: Tensor<S>): Tensor<S> {
  return call('gelu', a);
}

/** The logistic function 1/(1 + e⁻ᵃ). */
export function sigmoid<S extends Shape>(a: Tensor<S>): Tensor<S> {
  return call('sigmoid', a);
}

/** The function a/(1 + e⁻ᵃ), also called swish. */
export function silu<S extends Shape>(a: Tensor<S>): Tensor<S> {
  return call('silu', a);
}

export function abs<S extends Shape>(a: Tensor<S>): Tensor<S> {
  return call('abs', a);
}

/** The larger of two values, element by element, with broadcasting. */
export function max<A extends Shape = [], B extends Shape = []>(
  a: number | Tensor<A>,
  b: number | (Tensor<B> & MatchBroadcast<A, B>),
): Tensor<Broadcast<A, B>> {
  return call('max', a, b);
}

/** The smaller of two values, element by element, with broadcasting. */
export function min<A extends Shape = [], B extends Shape = []>(
  a: number | Tensor<A>,
  b: number | (Tensor<B> & MatchBroadcast<A, B>),
): Tensor<Broadcast<A, B>> {
  return call('min', a, b);
}
