/** A product diag(s)·B₁·diag(t)·B₀ of two butterflies whose blocks differ in size. */
import { blockDiag, cayley, diag, frozen, input, layer, shuffle, skew, type Tensor, trainable } from 'oftc';

const spread = (v: Tensor, outer: string, inner: string): Tensor => {
  const P = shuffle([outer, inner], [1, 0]);
  return P.matmul(blockDiag(cayley(skew(v)))).matmul(P.T);
};

export const differentButterflies = layer(
  {
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    v: trainable('r', 'tri(b)'),
    w: trainable('c', 'tri(e)'),
    s: trainable('in'),
    t: trainable('in'),
  },
  ({ x, W, v, w, s, t }) => {
    const R = diag(s)
      .matmul(spread(v, 'b', 'r'))
      .matmul(diag(t))
      .matmul(spread(w, 'e', 'c'));
    return x.matmul(R.matmul(W.T));
  },
  { where: { in: 'r*b', c: 'in/e' } },
);
