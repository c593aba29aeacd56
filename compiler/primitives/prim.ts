/**
 * The primitives: everything the interpreter, WGSL and every later target must know. Three loop nests
 * (map, reduce, contraction) over the scalar language of expr.ts, and the few operations that are not
 * loop nests. Operators lower to these; nothing above them has a meaning of its own.
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
  /** Where the author wrote what this computes; a fused primitive carries all of them. */
  readonly spans: readonly Span[];
  /** What it is, for people: `R = blockDiag`, `grad v`. */
  readonly label: string;
  /** What a step says in the place of its label: `oftc explain` gives formulas. */
  readonly formula?: string;
  /** Never fused away: the baseline runs every operator on its own. */
  readonly stored?: true;
  /** The s of Aᵀ = s·A, over the last two dimensions, where that is known: symmetric or skew-symmetric matrices. */
  readonly mirrored?: 1 | -1;
}

/** A tensor handed in at run time. */
export interface InputPrim extends Common {
  readonly kind: 'input';
  readonly name: string;
  /** How a device holds it; absent, one element after another. Its meaning is the same. */
  readonly storage?: Storage;
}

/**
 * out[axes] = body. The output is row-major over `axes` in order; `shape` regroups adjacent axes, so the
 * product of the extents equals the product of the shape.
 */
export interface MapPrim extends Common {
  readonly kind: 'map';
  readonly axes: readonly Axis[];
  readonly body: Expr;
}

/** out[axes] = combine over `over` of body. The empty sum is 0; an empty max is an error. */
export interface ReducePrim extends Common {
  readonly kind: 'reduce';
  readonly axes: readonly Axis[];
  readonly over: readonly Axis[];
  readonly combine: 'sum' | 'max';
  readonly body: Expr;
}

/**
 * out[axes] = Σ over `over` of a·b. Axes used by both a and b are batch, by a alone rows, by b alone
 * columns: an einsum with arbitrary index expressions, so blocks, transposes and views need no copy.
 */
export interface ContractionPrim extends Common {
  readonly kind: 'contraction';
  readonly axes: readonly Axis[];
  readonly over: readonly Axis[];
  readonly a: Expr;
  readonly b: Expr;
}

/**
 * X with A X = B per batch: args [A (…, n, n), B (…, n, m)], shape (…, n, m). Gaussian elimination
 * without pivoting: stable for I − Q with Q skew-symmetric, whose symmetric part is the identity.
 */
export interface SolvePrim extends Common {
  readonly kind: 'solve';
}

/**
 * out[at(i)] += body(i) over `axes`, out starting at 0: the adjoint of a gather. `at` gives one index per
 * output dimension.
 */
export interface ScatterPrim extends Common {
  readonly kind: 'scatter';
  readonly axes: readonly Axis[];
  readonly at: readonly IntExpr[];
  readonly body: Expr;
}

/**
 * Causal attention, whose scores are never stored. Token i of a head sees the keys j with start[i] ≤ j ≤ i, or those of
 * its own range [first, last], as far as there are such keys; the H heads of q share the key-value heads in H/K runs.
 * With s_ij = scale·⟨q_i, k_j⟩ and p_ij = exp(s_ij − lse_i), by `part` and args:
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
