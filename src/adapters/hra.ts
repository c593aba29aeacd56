import {
  frozen,
  householder,
  input,
  layer,
  reflectSpan,
  type Tensor,
  trainable,
  when,
} from '../language/dsl/index.ts';

export interface HraConfig {
  /** Whether the vectors are orthonormalised first; PEFT's `apply_GS`. */
  gs: boolean;
  /** Whether the frozen layer has a bias. */
  bias: boolean;
}

const reflections = (u: Tensor<['in', 'r']>, c: HraConfig) => (c.gs ? reflectSpan(u) : householder(u));

/**
 * HRA as PEFT runs it: W′ = W·H₀…H_{r−1}, with reflections Hᵢ = I − 2ûᵢûᵢᵀ by the columns of u. With `gs` it is W·(I −
 * 2UUᵀ), with U the columns orthonormalised. HRA starts as the identity: consecutive reflections are by the same
 * vector, so r must be even. With `gs` no start is the identity, because I − 2UUᵀ reflects r directions whatever U is.
 * The columns then start independent, because equal vectors have no orthonormal basis.
 */
export const hra = layer(
  (c: HraConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in', { stored: 'weight' }),
    bias: when(c.bias, frozen('out', { stored: 'bias' })),
    u: trainable('in', 'r', {
      stored: 'hra_u',
      init: c.gs ? { kaiming: 1 } : { pairs: 1, of: { kaiming: 1 } },
    }),
  }),
  ({ x, W, bias, u }, c) => {
    const y = x.matmul(W.matmul(reflections(u, c)).T);
    return bias ? y.add(bias) : y;
  },
  {
    name: 'hra',
    source: 'https://arxiv.org/abs/2405.17484',
    config: { gs: false, bias: false },
    claims: ({ W, bias, u }, c) => ({
      weight: W.matmul(reflections(u, c)),
      bias,
      orthogonal: reflections(u, c),
    }),
  },
);
