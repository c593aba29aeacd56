import {
  cayley,
  diag,
  frozen,
  input,
  layer,
  skew,
  type Tensor,
  trainable,
  when,
} from '../language/dsl/index.ts';

export interface SsvdConfig {
  /** Whether the frozen layer has a bias. */
  bias: boolean;
}

type Singular = readonly [U: Tensor<['out', 'k']>, s: Tensor<['k']>, V: Tensor<['k', 'in']>];
type Trained = readonly [v: Tensor<['tri(k)']>, d: Tensor<['k']>];

const rotation = (v: Tensor<['tri(k)']>) => cayley(skew(v));

/** The merged weight W + U·(diag(s + d)·R − diag(s))·V. */
const merged = (W: Tensor<['out', 'in']>, [U, s, V]: Singular, [v, d]: Trained) =>
  W.add(U.matmul(diag(s.add(d)).matmul(rotation(v)).sub(diag(s))).matmul(V));

/**
 * SSVD: W′ = U·(Σ + ΔΣ)·(V·G)ᵀ on the k leading singular vectors of W. The right ones, on the input side, are rotated by
 * Gᵀ = R = (I+Q)(I−Q)⁻¹ and their singular values are shifted by d. The left ones stay, and so does the rest of W.
 */
export const ssvd = layer(
  (c: SsvdConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in', { stored: 'weight' }),
    bias: when(c.bias, frozen('out', { stored: 'bias' })),
    U: frozen('out', 'k', { init: { left: 'W' } }),
    s: frozen('k', { init: { singularValues: 'W' } }),
    V: frozen('k', 'in', { init: { right: 'W' } }),
    v: trainable('tri(k)', { init: 'zeros' }),
    d: trainable('k', { init: 'zeros' }),
  }),
  ({ x, W, bias, U, s, V, v, d }) => {
    const y = x.matmul(merged(W, [U, s, V], [v, d]).T);
    return bias ? y.add(bias) : y;
  },
  {
    name: 'ssvd',
    source: 'https://arxiv.org/abs/2509.02830',
    config: { bias: false },
    claims: ({ W, bias, U, s, V, v, d }) => ({
      weight: merged(W, [U, s, V], [v, d]),
      bias,
      orthogonal: rotation(v),
    }),
  },
);
