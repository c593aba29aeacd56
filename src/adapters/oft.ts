/**
 * OFT as PEFT runs it (`peft/tuners/oft`): x ← x·diag(R₁, …, Rᵣ) per adapter, then the frozen layer.
 * Written weight-centrically, as the papers do: W′ᵀ = R_a R_b … Wᵀ.
 */
import {
  blockDiag,
  cayley,
  cayleyNeumann,
  expand,
  frozen,
  input,
  layer,
  list,
  max,
  type NeumannSeries,
  size,
  skew,
  sqrt,
  sum,
  type Tensor,
  trainable,
  when,
} from '../dsl/index.ts';

export interface OftConfig {
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
  eps: number;
  bias: boolean;
  /** Active adapters, applied to x in order. */
  adapters: number;
}

/** v ← v·c/max(‖Q‖_F, c) per block, with c = eps/√r′ and ‖Q‖_F = √2‖v‖; that is v/max(‖Q‖_F/c, 1). */
function constrain(v: Tensor<[string, 'tri(b)']>, c: OftConfig) {
  const rows = size(c.share ? 1 : 'r');
  const norm = sqrt(sum(v.mul(v), -1).mul(2));
  return v.div(max(norm.mul(sqrt(rows)).div(c.eps), 1));
}

function rotation(v: Tensor<[string, 'tri(b)']>, c: OftConfig) {
  const Q = skew(c.share ? expand(v, 'r', 'tri(b)') : v);
  const R = c.cayley === 'exact' ? cayley(Q).T : cayleyNeumann(Q, { terms: c.terms, series: c.series });
  return blockDiag(R);
}

export const oft = layer(
  (c: OftConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    bias: when(c.bias, frozen('out')),
    v: list(
      c.adapters,
      trainable(c.share ? 1 : 'r', 'tri(b)', { project: c.coft ? (v) => constrain(v, c) : undefined }),
    ),
  }),
  ({ x, W, bias, v }, c) => {
    let rotated: Tensor<[string, 'out']> = W.T;
    for (const va of v.toReversed()) rotated = rotation(va, c).matmul(rotated);
    const y = x.matmul(rotated);
    return bias ? y.add(bias) : y;
  },
  {
    name: 'oft',
    where: { in: 'r*b' },
    config: {
      cayley: 'neumann',
      terms: 5,
      series: 'peft-0.18',
      share: false,
      coft: false,
      eps: 6e-5,
      bias: false,
      adapters: 1,
    },
  },
);
