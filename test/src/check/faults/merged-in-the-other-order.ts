/** Planted fault: two adapters are merged in the other order. */
import { blockDiag, cayley, frozen, input, layer, skew, type Tensor, trainable } from 'oftc';

const rotation = (v: Tensor<['r', 'tri(b)']>) => blockDiag(cayley(skew(v)));

export const fault = layer(
  {
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    first: trainable('r', 'tri(b)'),
    second: trainable('r', 'tri(b)'),
  },
  ({ x, W, first, second }) => x.matmul(rotation(first)).matmul(rotation(second)).matmul(W.T),
  {
    where: { in: 'r*b' },
    claims: ({ W, first, second }) => ({
      weight: W.matmul(rotation(first).T).matmul(rotation(second).T),
    }),
  },
);
