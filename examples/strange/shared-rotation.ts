/** One rotation for three weights: queries, keys and values come of the input as it is rotated once. */
import { blockDiag, cayleyNeumann, frozen, input, layer, skew, trainable } from 'oftc';

export const sharedRotation = layer(
  {
    x: input('tokens', 'in'),
    Wq: frozen('queries', 'in'),
    Wk: frozen('keys', 'in'),
    Wv: frozen('keys', 'in'),
    turn: trainable('r', 'tri(b)'),
  },
  ({ x, Wq, Wk, Wv, turn }) => {
    const R = blockDiag(cayleyNeumann(skew(turn)));
    return { q: x.matmul(R.matmul(Wq.T)), k: x.matmul(R.matmul(Wk.T)), v: x.matmul(R.matmul(Wv.T)) };
  },
  { where: { in: 'r*b' } },
);
