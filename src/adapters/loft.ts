import {
  cayley,
  frozen,
  identity,
  input,
  layer,
  skew,
  type Tensor,
  trainable,
  when,
} from '../language/dsl/index.ts';

export interface LoftConfig {
  /** Whether the frozen layer has a bias. */
  bias: boolean;
}

const rotation = (v: Tensor<['tri(r)']>) => cayley(skew(v));

/** The rotation I + Pᵀ·(T − I)·P, which moves the subspace that the rows of P span and nothing else. */
const inSupport = (P: Tensor<['r', 'in']>, v: Tensor<['tri(r)']>) =>
  identity('in').add(P.T.matmul(rotation(v).sub(identity('r'))).matmul(P));

/**
 * LOFT: W′ = W·(I + Pᵀ·(T − I)·P). The r rows of P are orthonormal and span the support, which T rotates. T is
 * (I+Q)(I−Q)⁻¹ here; the paper takes any orthogonal matrix. P is frozen. It starts as the principal support, the leading
 * right singular vectors of W; for a support that the task's gradients choose, give P. The formula follows the paper's
 * description: no code of its authors was found to compare with.
 */
export const loft = layer(
  (c: LoftConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in', { stored: 'weight' }),
    bias: when(c.bias, frozen('out', { stored: 'bias' })),
    P: frozen('r', 'in', { init: { right: 'W' } }),
    v: trainable('tri(r)', { init: 'zeros' }),
  }),
  ({ x, W, bias, P, v }) => {
    const y = x.matmul(W.matmul(inSupport(P, v)).T);
    return bias ? y.add(bias) : y;
  },
  {
    name: 'loft',
    source: 'https://arxiv.org/abs/2605.11872',
    config: { bias: false },
    claims: ({ W, bias, P, v }) => ({
      weight: W.matmul(inSupport(P, v)),
      bias,
      orthogonal: rotation(v),
    }),
  },
);
