import { frozen, input, layer, list, type Tensor, when } from '../language/dsl/index.ts';
import { ROTATION, type RotationConfig, rotation, triangles } from './rotation.ts';

export interface OftConfig extends RotationConfig {
  /** Whether the frozen layer has a bias. */
  bias: boolean;
  /** Number of active adapters, applied to x in order. */
  adapters: number;
}

/** The product R_a·R_b·…·Wᵀ. */
function rotated(
  W: Tensor<['out', 'in']>,
  v: readonly Tensor<[string, 'tri(b)']>[],
  c: OftConfig,
): Tensor<[string, 'out']> {
  let product: Tensor<[string, 'out']> = W.T;
  for (const va of v.toReversed()) product = rotation(va, c).matmul(product);
  return product;
}

/**
 * OFT and OFTv2 as PEFT runs them: x ← x·diag(R₁, …, Rᵣ) for each adapter, then the frozen layer. The layer is written
 * weight-centrically, as the papers write it: W′ᵀ = R_a·R_b·…·Wᵀ. The merged weight computes what this forward pass
 * does. PEFT itself merges several adapters in the other order, which is another function. A PEFT checkpoint holds one
 * adapter, so each element of `v` comes from a checkpoint of its own.
 */
export const oft = layer(
  (c: OftConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in', { stored: 'weight' }),
    bias: when(c.bias, frozen('out', { stored: 'bias' })),
    v: list(c.adapters, triangles(c, 'oft_R.weight')),
  }),
  ({ x, W, bias, v }, c) => {
    const y = x.matmul(rotated(W, v, c));
    return bias ? y.add(bias) : y;
  },
  {
    name: 'oft',
    source: 'https://arxiv.org/abs/2506.19847',
    where: { in: 'r*b' },
    config: { ...ROTATION, bias: false, adapters: 1 },
    claims: ({ W, bias, v }, c) => ({
      weight: rotated(W, v, c).T,
      bias,
      orthogonal: c.cayley === 'exact' ? v.map((va) => rotation(va, c)) : [],
    }),
  },
);
