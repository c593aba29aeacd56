/** R of OFT and its parameter: r blocks of size b, from the packed triangles of their generators. */
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
  /** `neumann` truncates the series of (I+Q)(I−Q)⁻¹; `exact` is PEFT's (I−Q)(I+Q)⁻¹, its transpose. */
  cayley: 'neumann' | 'exact';
  /** PEFT's `num_cayley_neumann_terms`. */
  terms: number;
  /** PEFT changed the last coefficient in 0.18. */
  series: NeumannSeries;
  /** One block serves all (PEFT's `block_share`). */
  share: boolean;
  /** Constrained OFT: every ‖Q‖_F is kept within eps/√r′, r′ the rows of v. */
  coft: boolean;
  /** COFT's radius (PEFT's `eps`). */
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

/** v ← v·c/max(‖Q‖_F, c) per block, with c = eps/√r′ and ‖Q‖_F = √2‖v‖; that is v/max(‖Q‖_F/c, 1). */
function constrain(v: Tensor<[string, 'tri(b)']>, c: RotationConfig) {
  const rows = size(c.share ? 1 : 'r');
  const norm = sqrt(sum(v.mul(v), -1).mul(2));
  return v.div(max(norm.mul(sqrt(rows)).div(c.eps), 1));
}

/** The packed triangles; zeros are R = I. */
export const triangles = (c: RotationConfig, stored: string) =>
  trainable(c.share ? 1 : 'r', 'tri(b)', {
    stored,
    init: 'zeros',
    project: c.coft ? (v) => constrain(v, c) : undefined,
  });

/** diag(R₁, …, Rᵣ). */
export function rotation(v: Tensor<[string, 'tri(b)']>, c: RotationConfig) {
  const Q = skew(c.share ? expand(v, 'r', 'tri(b)') : v);
  const R = c.cayley === 'exact' ? cayley(Q).T : cayleyNeumann(Q, { terms: c.terms, series: c.series });
  return blockDiag(R);
}
