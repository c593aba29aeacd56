// A layer that colours pass through: W is the base's, and v turns it.
import { blockDiag, cayleyNeumann, frozen, input, layer, skew, trainable } from 'oftc';

export const oft = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), v: trainable('r', 'tri(b)') },
  ({ x, W, v }) => {
    const R = blockDiag(cayleyNeumann(skew(v), { terms: 5 }));
    return x.matmul(R.matmul(W.T));
  },
  { where: { in: 'r*b' } },
);
