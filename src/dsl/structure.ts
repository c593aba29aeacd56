/** Matrices that multiply without being formed, and ways to build them. */
import type { Dim, SameRank, Shape, Square } from './shape.ts';
import { call, type Tensor } from './tensor.ts';

/** diag(v): scales columns from the right, rows from the left. */
export function diag<N extends string>(v: Tensor<readonly [N]>): Tensor<[N, N]> {
  return call('diag', v);
}

/** A ⊗ B, (m·p, n·q) for A (m, n) and B (p, q). */
export function kronecker(
  a: Tensor<readonly [string, string]>,
  b: Tensor<readonly [string, string]>,
): Tensor<[string, string]> {
  return call('kronecker', a, b);
}

/** P with (x·P)[:, j] = x[:, p[j]]; p is an i32 tensor that holds every index once. */
export function permutation<N extends string>(p: Tensor<readonly [N]>): Tensor<[N, N]> {
  return call('permutation', p);
}

/**
 * A permutation known when compiling: the column index written in `digits`, which then stand in `order`.
 * `shuffle(['k', 'b'], [1, 0])` is the perfect shuffle (k b) → (b k).
 */
export function shuffle(digits: readonly Dim[], order: readonly number[]): Tensor<[string, string]> {
  return call('shuffle', digits, order);
}

/** Elements of an axis at the indices of an i32 tensor, whose axes take its place: embeddings are `take(E, ids, 0)`. */
export function take(a: Tensor, index: Tensor, axis: number): Tensor {
  return call('take', a, index, axis);
}

/** The adjoint of `take`, as torch.index_add into zeros: out[…, index[i], …] += A[…, i, …] along an axis of `size`. */
export function put(a: Tensor, index: Tensor, axis: number, size: Dim): Tensor {
  return call('put', a, index, axis, size);
}

/** The strict upper triangle and half the diagonal: S of the compact WY form in `householder`. */
export function halfUpper<S extends Shape>(a: Tensor<S> & Square<S>): Tensor<S> {
  return call('halfUpper', a);
}

/** Tensors one after another along an axis. */
export function concat<S extends Shape>(parts: readonly Tensor<S>[], axis: number): Tensor<SameRank<S>> {
  return call('concat', parts, axis);
}

/**
 * H₀·H₁·…·H_{r−1} of the columns of U (n, r), Hᵢ = I − 2uᵢuᵢᵀ/(uᵢᵀuᵢ), in compact WY form (Schreiber and Van
 * Loan 1989). No column may be zero.
 */
export function householder<N extends string>(u: Tensor<readonly [N, string]>): Tensor<[N, N]> {
  return call('householder', u);
}

/** The same product with the columns of U orthonormalised first: I − 2U(UᵀU)⁻¹Uᵀ. U needs full rank. */
export function reflectSpan<N extends string>(u: Tensor<readonly [N, string]>): Tensor<[N, N]> {
  return call('reflectSpan', u);
}

/** X with A·X = B, without pivoting: for matrices whose leading minors are far from singular. */
export function solve<S extends Shape, R extends Shape>(a: Tensor<S> & Square<S>, b: Tensor<R>): Tensor<R> {
  return call('solve', a, b);
}

export function inverse<S extends Shape>(a: Tensor<S> & Square<S>): Tensor<S> {
  return call('inverse', a);
}

/** The matrix exponential by scaling and squaring; accurate to float64 for ‖Q‖ ≤ 4. */
export function expm<S extends Shape>(q: Tensor<S> & Square<S>): Tensor<S> {
  return call('expm', q);
}

export interface WindowOptions {
  readonly kernel: number;
  readonly stride?: number;
  readonly padding?: number;
}

/** (n, c, h, w) → (n, patches, c·kernel²): rows (oy, ox), columns (c, ky, kx), as torch.nn.functional.unfold. */
export function unfold(
  x: Tensor<readonly [string, string, string, string]>,
  options: WindowOptions,
): Tensor<[string, string, string]> {
  return call('unfold', x, options);
}
