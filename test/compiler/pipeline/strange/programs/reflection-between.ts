/** Householder reflections between two block-diagonal rotations; a reflection of a span times a shuffle. */
import {
  blockDiag,
  cayley,
  diag,
  exp,
  frozen,
  householder,
  input,
  layer,
  reflectSpan,
  shuffle,
  skew,
  trainable,
} from 'oftc';

export const reflectionBetween = layer(
  {
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    v: trainable('r', 'tri(b)'),
    u: trainable('in', 'k'),
    w: trainable('s', 'tri(c)'),
  },
  ({ x, W, v, u, w }) => {
    const R = blockDiag(cayley(skew(v)))
      .matmul(householder(u))
      .matmul(blockDiag(cayley(skew(w))));
    return x.matmul(R.matmul(W.T));
  },
  { where: { in: 'r*b', s: 'in/c' } },
);

export const shuffledReflection = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), u: trainable('in', 'k'), d: trainable('in') },
  ({ x, W, u, d }) => {
    const R = reflectSpan(u)
      .matmul(shuffle(['r', 'b'], [1, 0]))
      .matmul(diag(exp(d)));
    return x.matmul(R.matmul(R.T).matmul(W.T));
  },
  { where: { in: 'r*b' } },
);
