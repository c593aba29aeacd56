import {
  blockDiag,
  cayley,
  frozen,
  input,
  layer,
  type Tensor,
  trainable,
  when,
} from '../language/dsl/index.ts';

export interface DiagOftConfig {
  /** Whether to train a scale per output. */
  rescale: boolean;
  /** Whether the frozen layer has a bias. */
  bias: boolean;
}

const rotation = (A: Tensor<['k', 'b', 'b']>) => blockDiag(cayley(A.sub(A.T)));

function merged(W: Tensor<['out', 'in']>, A: Tensor<['k', 'b', 'b']>, rescale: Tensor | undefined): Tensor {
  const rotated = rotation(A).T.matmul(W);
  return rescale ? rotated.mul(rescale) : rotated;
}

/**
 * Diag-OFT (LyCORIS): W′ₖ = RₖᵀWₖ on output blocks, R = (I+Q)(I−Q)⁻¹, Q = A − Aᵀ; optional rescale per output. The
 * bias is neither rotated nor scaled.
 */
export const diagOft = layer(
  (c: DiagOftConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in', { stored: 'weight' }),
    bias: when(c.bias, frozen('out', { stored: 'bias' })),
    blocks: trainable('k', 'b', 'b', { stored: 'oft_blocks', init: 'zeros' }),
    rescale: when(c.rescale, trainable('out', 1, { stored: 'rescale', init: 'ones' })),
  }),
  ({ x, W, bias, blocks, rescale }) => {
    const y = x.matmul(merged(W, blocks, rescale).T);
    return bias ? y.add(bias) : y;
  },
  {
    name: 'diagOft',
    source: 'https://github.com/KohakuBlueleaf/LyCORIS',
    where: { out: 'k*b' },
    config: { rescale: false, bias: false },
    claims: ({ W, bias, blocks, rescale }) => ({
      weight: merged(W, blocks, rescale),
      bias,
      orthogonal: rotation(blocks),
    }),
  },
);
