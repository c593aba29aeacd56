/**
 * The primitives, which are all that the interpreter, WGSL and other targets need to know. There are four loop nests
 * (map, reduce, contraction, scatter) over the scalar language of expr.ts, and a few operations that are no loop
 * nests. Operators lower to primitives, and these alone define what a program means.
 */
import type { Dim } from '../dims/dims.ts';
import type { Rational } from '../dims/rational.ts';
import type { Span } from '../errors/span.ts';
import type { Expr, IntExpr } from './expr.ts';
import type { Storage } from './storage.ts';

export type DType = 'f32' | 'f16' | 'i32';

export interface TensorType {
  readonly shape: readonly Dim[];
  readonly dtype: DType;
}

/** A loop axis; names are unique within one primitive. Extents are constants or polynomials in `tokens`. */
export interface Axis {
  readonly name: string;
  readonly extent: Dim;
}

interface Common {
  readonly shape: readonly Dim[];
  readonly dtype: DType;
  readonly args: readonly Prim[];
  /** The places of this primitive in the source. A fused primitive has the spans of all its parts. */
  readonly spans: readonly Span[];
  /** A name for people, such as `R = blockDiag` or `grad v`. */
  readonly label: string;
  /** A formula that a step shows instead of the label; `oftc explain` sets it. */
  readonly formula?: string;
  /**
   * Whether the result is always stored and never fused away, as in a program as written, where each operator runs
   * alone.
   */
  readonly stored?: true;
  /** 1 where the last two dimensions are known to be a symmetric matrix, −1 where a skew-symmetric one. */
  readonly mirrored?: 1 | -1;
}

/** A tensor that the caller passes at run time. */
export interface InputPrim extends Common {
  readonly kind: 'input';
  readonly name: string;
  /** The encoding of the input in a device's memory; if absent, one element after another. Values are the same. */
  readonly storage?: Storage;
}

/**
 * out[axes] = body. The output is row-major over `axes`, in order. `shape` may group the same elements into other
 * dimensions, so that only the products of the extents and of the shape are equal.
 */
export interface MapPrim extends Common {
  readonly kind: 'map';
  readonly axes: readonly Axis[];
  readonly body: Expr;
}

/** out[axes] = the sum, or the maximum, of body over `over`. An empty sum is 0; an empty maximum is an error. */
export interface ReducePrim extends Common {
  readonly kind: 'reduce';
  readonly axes: readonly Axis[];
  readonly over: readonly Axis[];
  readonly combine: 'sum' | 'max';
  readonly body: Expr;
}

/**
 * out[axes] = Σ over `over` of a·b. An axis that both a and b use is a batch axis. Axes of a alone are rows, and axes
 * of b alone are columns. A contraction is an einsum whose indices are arbitrary expressions, so blocks, transposes
 * and views need no copy.
 */
export interface ContractionPrim extends Common {
  readonly kind: 'contraction';
  readonly axes: readonly Axis[];
  readonly over: readonly Axis[];
  readonly a: Expr;
  readonly b: Expr;
}

/**
 * X with A·X = B for each index of the batch axes. The axes are those of the batch, the n rows i and the m columns j of
 * X. The axis `over` is k, of n steps. `a` is A[…, i, k], and `b` is B[…, i, j]. Gaussian or Gauss–Jordan elimination
 * solves for X.
 */
export interface SolvePrim extends Common {
  readonly kind: 'solve';
  readonly axes: readonly Axis[];
  readonly over: readonly Axis[];
  readonly a: Expr;
  readonly b: Expr;
  /**
   * Whether each step takes the row with the largest element of its column (partial pivoting). Without that, elimination
   * is safe only for some matrices (compiler/ops/eliminable.ts).
   */
  readonly pivots: boolean;
}

/**
 * out[at(i)] += body(i) over `axes`, where out starts at 0: the adjoint of a gather. `at` gives one index for each
 * dimension of the output.
 */
export interface ScatterPrim extends Common {
  readonly kind: 'scatter';
  readonly axes: readonly Axis[];
  readonly at: readonly IntExpr[];
  readonly body: Expr;
}

/**
 * Causal attention, whose scores are never stored. Token i of a head sees the keys j with start[i] ≤ j ≤ i, or those of
 * its own range [first, last], as far as there are such keys. Each key-value head serves H/K neighbouring heads of q.
 * With s_ij = scale·⟨q_i, k_j⟩ and p_ij = exp(s_ij − lse_i), each `part` takes these args and computes what is listed.
 * With a soft cap, s_ij = cap·tanh(scale·⟨q_i, k_j⟩/cap), and the terms with D_i are multiplied by 1 − (s_ij/cap)².
 *
 *   lse        q, k, start                  (T, H)        log Σ_j exp s_ij, 0 where nothing is seen
 *   output     q, k, start, v, lse          (T, H, d)     Σ_j p_ij v_j
 *   query      q, k, start, v, lse, g, D    (T, H, d)     scale·Σ_j p_ij (⟨g_i, v_j⟩ − D_i) k_j
 *   keyValue   as query                     (S, 2, K, d)  scale·Σ_i p_ij (⟨g_i, v_j⟩ − D_i) q_i, then Σ_i p_ij g_i
 *
 * q and g are (T, H, d), k and v (S, K, d), lse and D (T, H). `start` holds integers: (T), and then S is T; or (T, 2), a
 * range for each token.
 */
export interface AttentionPrim extends Common {
  readonly kind: 'attention';
  readonly part: AttentionPart;
  readonly scale: Rational;
  /** The bound of the scores; if absent, they have none. */
  readonly softCap?: Rational;
}

export type AttentionPart = 'lse' | 'output' | 'query' | 'keyValue';

export type Prim =
  | InputPrim
  | MapPrim
  | ReducePrim
  | ContractionPrim
  | SolvePrim
  | ScatterPrim
  | AttentionPrim;

export interface PrimProgram {
  readonly name: string;
  readonly inputs: readonly InputPrim[];
  readonly outputs: readonly { readonly name: string; readonly prim: Prim }[];
}
