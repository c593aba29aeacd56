/** DoRA with a rotation beside LoRA: m ⊙ V/‖row of V‖ with V = W·Rᵀ + B·A. The norm is detached. */
import { blockDiag, cayley, detach, frozen, input, layer, skew, sqrt, sum, trainable } from 'oftc';

export const doraOfRotation = layer(
  {
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    v: trainable('r', 'tri(b)'),
    m: trainable('out'),
  },
  ({ x, W, v, m }) => {
    const V = W.matmul(blockDiag(cayley(skew(v))).T);
    const norm = detach(sqrt(sum(V.mul(V), -1)));
    return x.matmul(V.mul(m.reshape('out', 1).div(norm)).T);
  },
  { where: { in: 'r*b' } },
);
