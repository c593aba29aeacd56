/** The average of two rotations with blocks of different sizes, and a mix of a weight with its rotation. */
import { blockDiag, cayley, frozen, input, layer, skew, trainable } from 'oftc';

export const averaged = layer(
  {
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    v: trainable('r', 'tri(b)'),
    w: trainable('s', 'tri(c)'),
  },
  ({ x, W, v, w }) => {
    const mean = blockDiag(cayley(skew(v)))
      .add(blockDiag(cayley(skew(w))))
      .div(2);
    return x.matmul(mean.matmul(W.T));
  },
  { where: { in: 'r*b', s: 'in/c' } },
);

/** A mix of a weight and its rotation, W′ᵀ = (1 − g)·Wᵀ + g·R·Wᵀ, with one learned g. */
export const blended = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), v: trainable('r', 'tri(b)'), g: trainable(1) },
  ({ x, W, v, g }) => {
    const turned = blockDiag(cayley(skew(v))).matmul(W.T);
    const kept = W.T.mul(g.neg().add(1));
    return x.matmul(kept.add(turned.mul(g)));
  },
  { where: { in: 'r*b' } },
);
