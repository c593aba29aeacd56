/** Scales the input in a basis that is trained too: W′ = W·(R·diag(1 + s)·Rᵀ), a symmetric factor by its eigenvectors. */
import { blockDiag, cayley, diag, frozen, input, layer, skew, trainable } from 'oftc';

export const anotherBasis = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), v: trainable('r', 'tri(b)'), s: trainable('in') },
  ({ x, W, v, s }) => {
    const R = blockDiag(cayley(skew(v)));
    return x.matmul(W.matmul(R.matmul(diag(s.add(1))).matmul(R.T)).T);
  },
  { where: { in: 'r*b' } },
);
