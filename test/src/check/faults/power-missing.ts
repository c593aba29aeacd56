/** Planted fault: the series stops one power too early. */
import { blockDiag, frozen, input, layer, polynomial, skew, trainable } from 'oftc';

export const fault = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), v: trainable('r', 'tri(b)') },
  ({ x, W, v }) => x.matmul(blockDiag(polynomial(skew(v), [1, 2, 2, 1])).matmul(W.T)),
  { where: { in: 'r*b' } },
);
