/** Matrices that multiply without being formed, and operators that build and rearrange tensors. */
import type { Dim, IdentityShape, MatchDim, SameRank, Shape, Square } from './shape.ts';
import { call, type Tensor } from './tensor.ts';

/** Checks the rank: unknown if it is that of R or TypeScript does not know it, else a message. */
type OfRank<S extends Shape, R extends Shape> = number extends S['length']
  ? unknown
  : S['length'] extends R['length']
    ? unknown
    : `a tensor of rank ${R['length'] & number} is needed, not ${S['length']}`;
type Vector = readonly [string];
type Matrix = readonly [string, string];
type Images = readonly [string, string, string, string];

/** The shape (n, n) of a square matrix, with n from the first axis. */
type OverFirst<S extends Shape> = S extends readonly [infer N extends string, ...Shape]
  ? [N, N]
  : [string, string];

/** The diagonal matrix diag(v). From the right it scales columns, and from the left rows. */
export function diag<S extends Shape>(v: Tensor<S> & OfRank<S, Vector>): Tensor<OverFirst<S>> {
  return call('diag', v);
}

/** The Kronecker product A ⊗ B, (m·p, n·q) for A (m, n) and B (p, q). */
export function kronecker<A extends Shape, B extends Shape>(
  a: Tensor<A> & OfRank<A, Matrix>,
  b: Tensor<B> & OfRank<B, Matrix>,
): Tensor<[string, string]> {
  return call('kronecker', a, b);
}

/**
 * The Walsh–Hadamard matrix H of order n, a power of 2: entries ±1, H = Hᵀ, H·H = n·I. It is never formed: it
 * multiplies a vector in n·log n operations. Throws OFT2003 for another order.
 */
export function hadamard<const N extends Dim>(order: N): Tensor<IdentityShape<[N]>> {
  return call('hadamard', order);
}

/**
 * The phases of the discrete Fourier transform of n points, in turns: P[j, k] = (j·k mod n)/n, (n, n). cos(P·2π) and
 * sin(P·2π) are the two parts of the Fourier matrix. Throws OFT2003 for a size that is not known when compiling.
 */
export function phases<const N extends Dim>(points: N): Tensor<IdentityShape<[N]>> {
  return call('phases', points);
}

/** The permutation matrix P with (x·P)[:, j] = x[:, p[j]]; p is an i32 tensor that holds every index once. */
export function permutation<S extends Shape>(p: Tensor<S> & OfRank<S, Vector>): Tensor<OverFirst<S>> {
  return call('permutation', p);
}

/**
 * A permutation that is known when compiling: it writes the column index in `digits` and puts these in `order`.
 * `shuffle(['k', 'b'], [1, 0])` is the perfect shuffle (k b) → (b k).
 */
export function shuffle(digits: readonly Dim[], order: readonly number[]): Tensor<[string, string]> {
  return call('shuffle', digits, order);
}

/**
 * The matrix S (rows, columns) with S[p[0, j], p[1, j]] = v[j] that is 0 elsewhere. The positions p are an i32 tensor:
 * (2, k) in row-major order, or (3, k) in any, whose third row is the order that sorts them. No position occurs twice.
 */
export function sparse<const R extends Dim, const C extends Dim>(
  v: Tensor,
  p: Tensor,
  rows: R,
  columns: C,
): Tensor<IdentityShape<[R, C]>> {
  return call('sparse', v, p, rows, columns);
}

/** Elements of an axis at the indices of an i32 tensor, whose axes replace it: embeddings are `take(E, ids, 0)`. */
export function take(a: Tensor, index: Tensor, axis: number): Tensor {
  return call('take', a, index, axis);
}

/** The adjoint of `take`, as torch.index_add into zeros: out[…, index[i], …] += A[…, i, …] along an axis of `size`. */
export function put(a: Tensor, index: Tensor, axis: number, size: Dim): Tensor {
  return call('put', a, index, axis, size);
}

/** The strict upper triangle plus half the diagonal: S of the compact WY form in `householder`. */
export function halfUpper<S extends Shape>(a: Tensor<S> & Square<S>): Tensor<S> {
  return call('halfUpper', a);
}

/** The shape with axis A left to the compiler; all axes are left if TypeScript does not know A or it is below −1. */
type Opened<S extends Shape, A extends number> = A extends -1
  ? S extends readonly [...infer P extends Shape, string]
    ? [...P, string]
    : Shape
  : `${A}` extends keyof S
    ? { -readonly [K in keyof S]: K extends `${A}` ? string : S[K] }
    : SameRank<S>;

/** Compares two shapes: unknown if every axis agrees, else the message that tsc prints. */
type MatchShape<A extends Shape, B extends Shape> = number extends (A | B)['length']
  ? unknown
  : A extends readonly [infer M extends string, ...infer P extends Shape]
    ? B extends readonly [infer N extends string, ...infer Q extends Shape]
      ? unknown extends MatchDim<M, N>
        ? MatchShape<P, Q>
        : MatchDim<M, N>
      : 'the parts have different ranks'
    : B extends readonly []
      ? unknown
      : 'the parts have different ranks';

type First<P extends readonly Tensor[]> = P[0] extends Tensor<infer S> ? S : Shape;

/** Checks that every part agrees with the first on all axes but A. */
type MatchParts<P extends readonly Tensor[], A extends number> = {
  readonly [K in keyof P]: P[K] extends Tensor<infer S>
    ? MatchShape<Opened<First<P>, A>, Opened<S, A>>
    : never;
};

/** Joins tensors along an axis; their other axes agree. */
export function concat<const P extends readonly Tensor[], const A extends number>(
  parts: P & MatchParts<P, A>,
  axis: A,
): Tensor<Opened<First<P>, A>> {
  return call('concat', parts, axis);
}

/**
 * The product H₀·H₁·…·H_{r−1} of reflections Hᵢ = I − 2uᵢuᵢᵀ/(uᵢᵀuᵢ) by the columns of U (n, r), in compact WY form
 * (Schreiber and Van Loan 1989). No column may be zero.
 */
export function householder<S extends Shape>(u: Tensor<S> & OfRank<S, Matrix>): Tensor<OverFirst<S>> {
  return call('householder', u);
}

/** The `householder` product with the columns of U orthonormalised first: I − 2U(UᵀU)⁻¹Uᵀ. U needs full rank. */
export function reflectSpan<S extends Shape>(u: Tensor<S> & OfRank<S, Matrix>): Tensor<OverFirst<S>> {
  return call('reflectSpan', u);
}

/** Solves A·X = B by elimination with partial pivoting, which a matrix such as I + Q or a Gram matrix does not need. */
export function solve<S extends Shape, R extends Shape>(a: Tensor<S> & Square<S>, b: Tensor<R>): Tensor<R> {
  return call('solve', a, b);
}

export function inverse<S extends Shape>(a: Tensor<S> & Square<S>): Tensor<S> {
  return call('inverse', a);
}

export interface ExpmOptions {
  /** A bound of the spectral norm ‖Q‖₂, up to 65,536. A run at a larger norm is refused with OFT4018. */
  readonly maxNorm?: number;
}

/**
 * The matrix exponential by scaling and squaring of a Taylor polynomial of degree 9. Without `maxNorm` it squares six
 * times, which is accurate to float64 for ‖Q‖₂ ≤ 4. With `maxNorm` it squares s times, the fewest with
 * maxNorm/2ˢ ≤ 1/16.
 */
export function expm<S extends Shape>(q: Tensor<S> & Square<S>, options?: ExpmOptions): Tensor<S> {
  return call('expm', q, options);
}

export interface WindowOptions {
  readonly kernel: number;
  readonly stride?: number;
  readonly padding?: number;
}

/**
 * Windows of images: (n, c, h, w) → (n, patches, c·kernel²), rows (oy, ox), columns (c, ky, kx), as torch's Unfold.
 */
export function unfold<S extends Shape>(
  x: Tensor<S> & OfRank<S, Images>,
  options: WindowOptions,
): Tensor<[string, string, string]> {
  return call('unfold', x, options);
}

export interface ExpertOptions {
  /** The number of rows of a tile, which are of one expert; 32 by default. 1 sorts nothing. */
  readonly rows?: number;
}

/**
 * The rows (tokens, …) of one expert: those of the tokens that chose it. `chosen` is an i32 tensor (tokens, k) of numbers
 * below `experts`. The result has the shape of `x`, and stands for as many rows as the expert has.
 */
export function dispatch<S extends Shape>(
  x: Tensor<S>,
  chosen: Tensor,
  experts: Dim,
  options?: ExpertOptions,
): Tensor<S> {
  return call('dispatch', x, chosen, experts, options);
}

/** The part of the expert whose rows `dispatch` gave: (experts, …) → (…). */
export function ofExpert<S extends Shape>(
  a: Tensor<S>,
  chosen: Tensor,
  options?: ExpertOptions,
): Tensor<S extends readonly [string, ...infer R extends Shape] ? R : Shape> {
  return call('ofExpert', a, chosen, options);
}

/** The rows of all experts as results of the choices, (tokens, k, …). */
export function collect(y: Tensor, chosen: Tensor, experts: Dim, options?: ExpertOptions): Tensor {
  return call('collect', y, chosen, experts, options);
}

/** The indices of the k largest elements along the last axis, the largest first, as i32: (…, n) → (…, k). */
export function topK(a: Tensor, k: Dim): Tensor {
  return call('topK', a, k);
}
