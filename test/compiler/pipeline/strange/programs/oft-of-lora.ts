/** OFT on a weight that LoRA has changed: W′ = (W + B·A)·Rᵀ, with a learned scale for each output. */
import { blockDiag, cayleyNeumann, frozen, input, layer, skew, trainable } from 'oftc';

export const oftOfLora = layer(
  {
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    A: trainable('k', 'in'),
    B: trainable('out', 'k'),
    v: trainable('r', 'tri(b)'),
    s: trainable('out'),
  },
  ({ x, W, A, B, v, s }) => {
    const changed = W.add(B.matmul(A).mul(0.5));
    const R = blockDiag(cayleyNeumann(skew(v)));
    const merged = changed.matmul(R.T).mul(s.reshape('out', 1));
    return x.matmul(merged.T);
  },
  { where: { in: 'r*b' } },
);
