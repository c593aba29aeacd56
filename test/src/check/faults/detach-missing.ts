/** Planted fault: DoRA's norm is not detached, so the forward pass is right and the gradients are wrong. */
import { frozen, input, layer, sqrt, sum, trainable } from 'oftc';

export const fault = layer(
  {
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    A: trainable('rank', 'in'),
    B: trainable('out', 'rank'),
    m: trainable('out', 1),
  },
  ({ x, W, A, B, m }) => {
    const adapted = W.add(B.matmul(A));
    const norm = sqrt(sum(adapted.mul(adapted), -1));
    return x.matmul(adapted.mul(m.div(norm)).T);
  },
);
