import { frozen, input, layer, type Tensor, trainable, when } from '../language/dsl/index.ts';

export interface LohaConfig {
  /** The scale s, PEFT's alpha / r. */
  scale: number;
  /** Whether the frozen layer has a bias. */
  bias: boolean;
}

type Factors = readonly [A: Tensor<['r', 'in']>, B: Tensor<['out', 'r']>];

/** The merged weight W + s·(B₁A₁ ⊙ B₂A₂). */
function adapted(W: Tensor<['out', 'in']>, [A1, B1]: Factors, [A2, B2]: Factors, c: LohaConfig) {
  return W.add(B1.matmul(A1).mul(B2.matmul(A2)).mul(c.scale));
}

/**
 * LoHa as PEFT runs it: W′ = W + s·(B₁A₁ ⊙ B₂A₂), the product element by element of two matrices of rank r, which has
 * a rank of up to r².
 */
export const loha = layer(
  (c: LohaConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in', { stored: 'weight' }),
    bias: when(c.bias, frozen('out', { stored: 'bias' })),
    B1: trainable('out', 'r', { stored: 'hada_w1_a', init: { kaiming: 1 } }),
    A1: trainable('r', 'in', { stored: 'hada_w1_b', init: { kaiming: 1 } }),
    B2: trainable('out', 'r', { stored: 'hada_w2_a', init: { kaiming: 1 } }),
    A2: trainable('r', 'in', { stored: 'hada_w2_b', init: 'zeros' }),
  }),
  ({ x, W, bias, A1, B1, A2, B2 }, c) => {
    const y = x.matmul(adapted(W, [A1, B1], [A2, B2], c).T);
    return bias ? y.add(bias) : y;
  },
  {
    name: 'loha',
    source: 'https://arxiv.org/abs/2108.06098',
    config: { scale: 1, bias: false },
    claims: ({ W, bias, A1, B1, A2, B2 }, c) => ({ weight: adapted(W, [A1, B1], [A2, B2], c), bias }),
  },
);
