import { frozen, input, layer, max, type Tensor, trainable, when } from '../language/dsl/index.ts';

export interface DeftConfig {
  /** The scale s of what is injected, PEFT's alpha / r, or 1 without an alpha. */
  scale: number;
  /** Whether nothing is injected, so that there is no R; PEFT's `para`. */
  para: boolean;
  /** Whether the frozen layer has a bias. */
  bias: boolean;
}

/** The merged weight (I − P·relu(P)ᵀ)·W + s·P·R. */
function adapted(
  W: Tensor<['out', 'in']>,
  P: Tensor<['out', 'r']>,
  R: Tensor<['r', 'in']> | undefined,
  c: DeftConfig,
): Tensor {
  const removed = W.sub(P.matmul(max(P, 0).T).matmul(W));
  return R ? removed.add(P.matmul(R).mul(c.scale)) : removed;
}

/**
 * DEFT as PEFT runs it by default: W′ = (I − P·relu(P)ᵀ)·W + s·P·R. It takes a part of W in the span of P away, and
 * injects P·R. R starts as relu(P)ᵀ·W/s, so that W′ starts as W. With `para` nothing is injected, and W′ starts as
 * another matrix.
 */
export const deft = layer(
  (c: DeftConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in', { stored: 'weight' }),
    bias: when(c.bias, frozen('out', { stored: 'bias' })),
    P: trainable('out', 'r', { stored: 'deft_P', init: { normal: 0.02 } }),
    R: when(
      !c.para,
      trainable('r', 'in', {
        stored: 'deft_R',
        init: { product: 'W', by: 'P', positive: true, times: 1 / c.scale },
      }),
    ),
  }),
  ({ x, W, bias, P, R }, c) => {
    const y = x.matmul(adapted(W, P, R, c).T);
    return bias ? y.add(bias) : y;
  },
  {
    name: 'deft',
    source: 'https://github.com/huggingface/peft/tree/main/src/peft/tuners/deft',
    config: { scale: 1, para: false, bias: false },
    claims: ({ W, bias, P, R }, c) => ({ weight: adapted(W, P, R, c), bias }),
  },
);
