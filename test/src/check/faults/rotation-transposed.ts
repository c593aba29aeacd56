/** Planted fault: the layer multiplies by the rotation's transpose. */
import { blockDiag, cayley, frozen, input, layer, skew, trainable } from 'oftc';

export const fault = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), v: trainable('r', 'tri(b)') },
  ({ x, W, v }) => x.matmul(blockDiag(cayley(skew(v)).T).matmul(W.T)),
  { where: { in: 'r*b' } },
);
