import { frozen, input, layer, sparse, type Tensor, trainable, when } from '../language/dsl/index.ts';

export interface ShiraConfig {
  /** Whether the frozen layer has a bias. */
  bias: boolean;
}

/** The merged weight W + S, where S has the values v at the positions p. */
const adapted = (W: Tensor<['out', 'in']>, v: Tensor<['k']>, p: Tensor<['2', 'k']>) =>
  W.add(sparse(v, p, 'out', 'in'));

/**
 * SHiRA as PEFT runs it: W′ = W + S, where S is zero but at k = r·(in + out) random positions, which stay: as many as a
 * LoRA of rank r has values. An adapter stores the positions.
 */
export const shira = layer(
  (c: ShiraConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in', { stored: 'weight' }),
    bias: when(c.bias, frozen('out', { stored: 'bias' })),
    p: frozen(2, 'k', { dtype: 'i32', stored: 'shira_indices', init: { positions: 'W' } }),
    v: trainable('k', { stored: 'shira_weight', init: 'zeros' }),
  }),
  ({ x, W, bias, p, v }) => {
    const y = x.matmul(adapted(W, v, p).T);
    return bias ? y.add(bias) : y;
  },
  {
    name: 'shira',
    source: 'https://arxiv.org/abs/2406.13175',
    where: { k: 'r*in+r*out' },
    config: { bias: false },
    claims: ({ W, bias, p, v }) => ({ weight: adapted(W, v, p), bias }),
  },
);
