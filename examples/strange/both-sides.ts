/** Rotations on both sides of the weight, one of them in two steps with a shuffle between: W′ = L·W·(R·P·S)ᵀ. */
import { blockDiag, cayley, expm, frozen, input, layer, shuffle, skew, trainable } from 'oftc';

export const bothSides = layer(
  {
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    first: trainable('r', 'tri(b)'),
    second: trainable('r', 'tri(b)'),
    left: trainable('s', 'tri(c)'),
  },
  ({ x, W, first, second, left }) => {
    const P = shuffle(['r', 'b'], [1, 0]);
    const R = blockDiag(cayley(skew(first)));
    const S = blockDiag(cayley(skew(second)));
    const L = blockDiag(expm(skew(left)));
    return x.matmul(L.matmul(W).matmul(R.matmul(P).matmul(S).T).T);
  },
  { where: { in: 'r*b', out: 's*c' } },
);
