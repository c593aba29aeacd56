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
  /** The form of the shard, PEFT's `init_weights`: `standard` is its True. */
  shard: 'standard' | 'mini' | 'bat';
  /** Whether the frozen layer has a bias. */
  bias: boolean;
}

/** The shard, in one of its forms. */
interface Shard {
  readonly D: Tensor<['r', 'out']> | undefined;
  readonly H: Tensor<['r', 'h']> | undefined;
  readonly B: Tensor<['out/r', 'r', 'r']> | undefined;
}

/** The merged weight W + Dᵀ·[I … I], or that of another form. */
function merged(W: Tensor<['out', 'in']>, { D, H, B }: Shard): Tensor {
  if (B) {
    const product = W.reshape('out/r', 'r*n', 'r').matmul(B).reshape('out/r', 'r', 'n', 'r');
    return W.add(product.add(B.reshape('out/r', 'r', 1, 'r')).reshape('out', 'in'));
  }
  const groups = kronecker(expand(scalar(1), 1, 'n'), identity('r'));
  if (D) return W.add(D.T.matmul(groups));
  const repeated: Tensor = kronecker(expand(scalar(1), 'out/h', 1), H!.T);
  return W.add(repeated.matmul(groups));
}

/**
 * MiSS as PEFT runs it: W′ = W + Dᵀ·[I … I]. One shard D (r, out) is shared by all n groups of r inputs, so the groups
 * of x are summed before D multiplies them. `mini` trains H (r, h), whose columns repeat over the outputs as D. `bat` has
 * a block B_j for the j-th r outputs: each r×r block V of their rows of W becomes V + V·B_j + B_j. All start at zero.
 */
export const miss = layer(
  (c: MissConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in', { stored: 'weight' }),
    bias: when(c.bias, frozen('out', { stored: 'bias' })),
    D: when(c.shard === 'standard', trainable('r', 'out', { stored: 'miss_block', init: 'zeros' })),
    H: when(c.shard === 'mini', trainable('r', 'h', { stored: 'miss_block', init: 'zeros' })),
    B: when(c.shard === 'bat', trainable('out/r', 'r', 'r', { stored: 'miss_block', init: 'zeros' })),
  }),
  ({ x, W, bias, ...shard }) => {
    const y = x.matmul(merged(W, shard).T);
    return bias ? y.add(bias) : y;
  },
  {
    name: 'miss',
    source: 'https://arxiv.org/abs/2409.15371',
    where: { in: 'n*r' },
    config: { shard: 'standard', bias: false },
    claims: ({ W, bias, ...shard }) => ({ weight: merged(W, shard), bias }),
  },
);
