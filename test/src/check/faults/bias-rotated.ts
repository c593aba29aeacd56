/** Planted fault: the layer rotates the bias with the output, but its claim leaves the bias as it is. */
import { blockDiag, cayley, frozen, input, layer, skew, trainable } from 'oftc';

export const fault = layer(
  {
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    bias: frozen('out'),
    v: trainable('r', 'tri(b)'),
  },
  ({ x, W, bias, v }) =>
    x
      .matmul(W.T)
      .add(bias)
      .matmul(blockDiag(cayley(skew(v)))),
  {
    where: { out: 'r*b' },
    claims: ({ W, bias, v }) => ({ weight: blockDiag(cayley(skew(v))).T.matmul(W), bias }),
  },
);
