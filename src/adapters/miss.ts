import {
  expand,
  frozen,
  identity,
  input,
  kronecker,
  layer,
  scalar,
  type Tensor,
  trainable,
  when,
} from '../language/dsl/index.ts';

export interface MissConfig {
  /** Whether the frozen layer has a bias. */
  bias: boolean;
}

/** The merged weight W + Dᵀ·[I … I], which adds the same r columns Dᵀ to each of n groups of r columns of W. */
function merged(W: Tensor<['out', 'in']>, D: Tensor<['r', 'out']>) {
  const ones = expand(scalar(1), 1, 'n');
  return W.add(D.T.matmul(kronecker(ones, identity('r'))));
}

/**
 * MiSS as PEFT runs it: W′ = W + Dᵀ·[I … I]. One shard D (r, out) is shared by all n groups of r inputs, so the groups
 * of x are summed before D multiplies them. D starts at zero.
 */
export const miss = layer(
  (c: MissConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in', { stored: 'weight' }),
    bias: when(c.bias, frozen('out', { stored: 'bias' })),
    D: trainable('r', 'out', { stored: 'miss_block', init: 'zeros' }),
  }),
  ({ x, W, bias, D }) => {
    const y = x.matmul(merged(W, D).T);
    return bias ? y.add(bias) : y;
  },
  {
    name: 'miss',
    source: 'https://arxiv.org/abs/2409.15371',
    where: { in: 'n*r' },
    config: { bias: false },
    claims: ({ W, bias, D }) => ({ weight: merged(W, D), bias }),
  },
);
