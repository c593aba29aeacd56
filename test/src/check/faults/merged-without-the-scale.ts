/** Planted fault: the merged weight lacks the factor that the forward pass has. */
import { frozen, input, layer, trainable } from 'oftc';

export const fault = layer(
  {
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    A: trainable('rank', 'in'),
    B: trainable('out', 'rank'),
  },
  ({ x, W, A, B }) => x.matmul(W.T).add(x.matmul(A.T).matmul(B.T).mul(4)),
  { claims: ({ W, A, B }) => ({ weight: W.add(B.matmul(A)) }) },
);
