import { frozen, input, layer, type Tensor, trainable, when } from '../language/dsl/index.ts';

export interface HiraConfig {
  /** Whether the frozen layer has a bias. */
  bias: boolean;
}

/** The merged weight W + W ⊙ B·A. */
const adapted = (W: Tensor<['out', 'in']>, A: Tensor<['r', 'in']>, B: Tensor<['out', 'r']>) =>
  W.add(W.mul(B.matmul(A)));

/** HiRA as PEFT runs it: W′ = W + W ⊙ B·A, which changes W by a matrix of up to full rank. */
export const hira = layer(
  (c: HiraConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in', { stored: 'weight' }),
    bias: when(c.bias, frozen('out', { stored: 'bias' })),
    A: trainable('r', 'in', { stored: 'hira_A', init: { kaiming: 1 } }),
    B: trainable('out', 'r', { stored: 'hira_B', init: 'zeros' }),
  }),
  ({ x, W, bias, A, B }) => {
    const y = x.matmul(adapted(W, A, B).T);
    return bias ? y.add(bias) : y;
  },
  {
    name: 'hira',
    source: 'https://openreview.net/forum?id=TwJrTz9cRS',
    config: { bias: false },
    claims: ({ W, bias, A, B }) => ({ weight: adapted(W, A, B), bias }),
  },
);
