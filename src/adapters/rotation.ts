/** Makes the rotation R of OFT: r blocks of size b, each from the packed triangle of a skew-symmetric matrix. */
import {
  blockDiag,
  cayley,
  cayleyNeumann,
  expand,
  max,
  type NeumannSeries,
  size,
  skew,
  sqrt,
  sum,
  type Tensor,
  trainable,
} from '../language/dsl/index.ts';

export interface RotationConfig {
  /** The transform: `neumann` truncates the series of (I+Q)(I−Q)⁻¹; `exact` is PEFT's (I−Q)(I+Q)⁻¹, its transpose. */
  cayley: 'neumann' | 'exact';
  /** Number of terms of the series; PEFT's `num_cayley_neumann_terms`. */
  terms: number;
  /** The version of the series; PEFT changed the last coefficient in 0.18. */
  series: NeumannSeries;
  /** Whether all blocks share the same parameters; PEFT's `block_share`. */
  share: boolean;
  /** Whether OFT is constrained (COFT): every ‖Q‖_F is kept within eps/√r′, with r′ the rows of v. */
  coft: boolean;
  /** COFT's radius; PEFT's `eps`. */
  eps: number;
}

/** PEFT's defaults. */
export const ROTATION: RotationConfig = {
  cayley: 'neumann',
  terms: 5,
  series: 'peft-0.18',
  share: false,
  coft: false,
  eps: 6e-5,
};

/** Projects each block: v ← v·c/max(‖Q‖_F, c) = v/max(‖Q‖_F/c, 1), with c = eps/√r′ and ‖Q‖_F = √2‖v‖. */
function constrain(v: Tensor<[string, 'tri(b)']>, c: RotationConfig) {
  const rows = size(c.share ? 1 : 'r');
  const norm = sqrt(sum(v.mul(v), -1).mul(2));
  return v.div(max(norm.mul(sqrt(rows)).div(c.eps), 1));
}

/** Declares the packed triangles; zeros give R = I. */
export const triangles = (c: RotationConfig, stored: string) =>
  trainable(c.share ? 1 : 'r', 'tri(b)', {
    stored,
    init: 'zeros',
    project: c.coft ? (v) => constrain(v, c) : undefined,
  });

/** The rotation diag(R₁, …, Rᵣ). */
export function rotation(v: Tensor<[string, 'tri(b)']>, c: RotationConfig) {
  const Q = skew(c.share ? expand(v, 'r', 'tri(b)') : v);
  const R = c.cayley === 'exact' ? cayley(Q).T : cayleyNeumann(Q, { terms: c.terms, series: c.series });
  return blockDiag(R);
}
