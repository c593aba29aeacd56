import { frozen, input, layer, type Tensor, trainable, when } from '../language/dsl/index.ts';

export interface Ia3Config {
  /**
   * Whether l scales the inputs, as on the last layer of a feed-forward network, and not the outputs. `finetune` takes
   * the modules on which it is true, PEFT's `feedforward_modules`: `--set feedforward=down_proj`, or `fc1+fc2`.
   */
  feedforward: boolean;
  /** Whether the frozen layer has a bias. */
  bias: boolean;
}

/**
 * IA³ as PEFT runs it: y = l ⊙ (x·Wᵀ + bias), or y = (l ⊙ x)·Wᵀ + bias with `feedforward`. The paper scales keys and
 * values, and the inputs of the last layer of each feed-forward network.
 */
export const ia3 = layer(
  (c: Ia3Config) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in', { stored: 'weight' }),
    bias: when(c.bias, frozen('out', { stored: 'bias' })),
    l: trainable(c.feedforward ? 1 : 'out', c.feedforward ? 'in' : 1, { stored: 'ia3_l', init: 'ones' }),
  }),
  ({ x, W, bias, l }, c) => {
    const scale: Tensor = l;
    if (c.feedforward) {
      const y = x.mul(scale).matmul(W.T);
      return bias ? y.add(bias) : y;
    }
    const y = x.matmul(W.T);
    return (bias ? y.add(bias) : y).mul(scale.T);
  },
  {
    name: 'ia3',
    source: 'https://arxiv.org/abs/2205.05638',
    config: { feedforward: false, bias: false },
    claims: ({ W, bias, l }, c) => ({
      weight: W.mul(l as Tensor),
      bias: bias && (c.feedforward ? bias : bias.mul(l.reshape('out'))),
    }),
  },
);
