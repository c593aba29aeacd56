import { diag, frozen, input, layer, type Tensor, trainable, when } from '../language/dsl/index.ts';

export interface SvftConfig {
  /** Whether the frozen layer has a bias. */
  bias: boolean;
}

type Singular = readonly [U: Tensor<['out', 'k']>, V: Tensor<['k', 'in']>];

const merged = (W: Tensor<['out', 'in']>, [U, V]: Singular, m: Tensor<['k']>) =>
  W.add(U.matmul(diag(m)).matmul(V));

/**
 * Plain SVFT: W′ = U·(Σ + diag(m))·Vᵀ, which is W + U·diag(m)·Vᵀ, with the singular vectors of W frozen and one number
 * trained for each. The paper takes all of them, k = min(in, out). A smaller k takes the leading ones.
 */
export const svft = layer(
  (c: SvftConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in', { stored: 'weight' }),
    bias: when(c.bias, frozen('out', { stored: 'bias' })),
    U: frozen('out', 'k', { init: { left: 'W' } }),
    V: frozen('k', 'in', { init: { right: 'W' } }),
    m: trainable('k', { init: 'zeros' }),
  }),
  ({ x, W, bias, U, V, m }) => {
    // With all singular vectors, the sum in W′ would be formed: it costs less than x takes where tokens are many.
    const y = x.matmul(W.T).add(x.matmul(V.T).mul(m).matmul(U.T));
    return bias ? y.add(bias) : y;
  },
  {
    name: 'svft',
    source: 'https://arxiv.org/abs/2405.19597',
    config: { bias: false },
    claims: ({ W, bias, U, V, m }) => ({ weight: merged(W, [U, V], m), bias }),
  },
);
