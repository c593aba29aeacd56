import {
  diag,
  frozen,
  householder,
  input,
  layer,
  type Tensor,
  trainable,
  when,
} from '../language/dsl/index.ts';

export interface HoftConfig {
  /** Whether the frozen layer has a bias. */
  bias: boolean;
}

const merged = (W: Tensor<['out', 'in']>, u: Tensor<['r', 'out']>, v: Tensor<['r', 'in']>) =>
  householder(u.T).matmul(W).matmul(householder(v.T));

/**
 * HOFT: W′ = Q_U·W·Q_V, each Q a product of r Householder reflections, by the rows of u or v. Each Q is exact, where the
 * paper takes two terms of a series for an inverse. HOFT starts as the identity: consecutive reflections are by
 * the same vector, so r must be even.
 */
export const hoft = layer(
  (c: HoftConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in', { stored: 'weight' }),
    bias: when(c.bias, frozen('out', { stored: 'bias' })),
    u: trainable('r', 'out', { init: { pairs: 0, of: { normal: 1 } } }),
    v: trainable('r', 'in', { init: { pairs: 0, of: { normal: 1 } } }),
  }),
  ({ x, W, bias, u, v }) => {
    const y = x.matmul(merged(W, u, v).T);
    return bias ? y.add(bias) : y;
  },
  {
    name: 'hoft',
    source: 'https://arxiv.org/abs/2505.16531',
    config: { bias: false },
    claims: ({ W, bias, u, v }) => ({
      weight: merged(W, u, v),
      bias,
      orthogonal: [householder(u.T), householder(v.T)],
    }),
  },
);

const scaled = (
  W: Tensor<['out', 'in']>,
  m: Tensor<['out']>,
  [u, v]: readonly [Tensor<['r', 'out']>, Tensor<['r', 'in']>],
) => householder(u.T).matmul(diag(m)).matmul(W).matmul(householder(v.T));

/**
 * SHOFT: W′ = Q_U·diag(m)·W·Q_V, HOFT with a trained scale for each row of W between the two rotations. m starts at one,
 * and u and v as those of HOFT. No code of its authors was found to compare with.
 */
export const shoft = layer(
  (c: HoftConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in', { stored: 'weight' }),
    bias: when(c.bias, frozen('out', { stored: 'bias' })),
    u: trainable('r', 'out', { init: { pairs: 0, of: { normal: 1 } } }),
    v: trainable('r', 'in', { init: { pairs: 0, of: { normal: 1 } } }),
    m: trainable('out', { init: 'ones' }),
  }),
  ({ x, W, bias, u, v, m }) => {
    const y = x.matmul(scaled(W, m, [u, v]).T);
    return bias ? y.add(bias) : y;
  },
  {
    name: 'shoft',
    source: 'https://arxiv.org/abs/2505.16531',
    config: { bias: false },
    claims: ({ W, bias, u, v, m }) => ({
      weight: scaled(W, m, [u, v]),
      bias,
      orthogonal: [householder(u.T), householder(v.T)],
    }),
  },
);
