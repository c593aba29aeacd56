/** The Kronecker product of a Cayley transform and a permutation: x·(C ⊗ P)·Wᵀ. */
import { cayley, frozen, input, kronecker, layer, permutation, skew, trainable } from 'oftc';

export const kroneckerPermuted = layer(
  {
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    v: trainable('tri(a)'),
    p: frozen('q', { dtype: 'i32' }),
  },
  ({ x, W, v, p }) => x.matmul(kronecker(cayley(skew(v)), permutation(p)).matmul(W.T)),
  { where: { in: 'a*q' } },
);

/** The Kronecker product of three Cayley transforms. */
export const kronecker3 = layer(
  {
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    u: trainable('tri(a)'),
    v: trainable('tri(b)'),
    w: trainable('tri(c)'),
  },
  ({ x, W, u, v, w }) => {
    const R = kronecker(kronecker(cayley(skew(u)), cayley(skew(v))), cayley(skew(w)));
    return x.matmul(R.matmul(W.T));
  },
  { where: { in: 'a*b*c' } },
);
