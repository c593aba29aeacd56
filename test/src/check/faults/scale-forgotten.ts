/** Planted fault: the update is not scaled. */
import { frozen, input, layer, trainable } from 'oftc';

export const fault = layer(
  {
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    A: trainable('rank', 'in'),
    B: trainable('out', 'rank'),
  },
  ({ x, W, A, B }) => x.matmul(W.T).add(x.matmul(A.T).matmul(B.T)),
);
