/** Diag-OFT (LyCORIS): W′ₖ = RₖᵀWₖ on output blocks, R = (I+Q)(I−Q)⁻¹, Q = A − Aᵀ; optional rescale per output. */
import { blockDiag, cayley, frozen, input, layer, trainable, when } from '../dsl/index.ts';

export interface DiagOftConfig {
  rescale: boolean;
  bias: boolean;
}

export const diagOft = layer(
  (c: DiagOftConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    bias: when(c.bias, frozen('out')),
    blocks: trainable('k', 'b', 'b'),
    rescale: when(c.rescale, trainable('out', 1)),
  }),
  ({ x, W, bias, blocks, rescale }) => {
    const rotated = blockDiag(cayley(blocks.sub(blocks.T))).T.matmul(W);
    const merged = rescale ? rotated.mul(rescale) : rotated;
    const y = x.matmul(merged.T);
    return bias ? y.add(bias) : y;
  },
  { name: 'diagOft', where: { out: 'k*b' }, config: { rescale: false, bias: false } },
);
