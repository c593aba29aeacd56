/** A rotation of some inputs only: gathered, rotated and put back, on x or as a matrix. */
import { cayley, frozen, identity, input, layer, put, skew, take, trainable } from 'oftc';

const declared = {
  x: input('tokens', 'in'),
  W: frozen('out', 'in'),
  v: trainable('tri(k)'),
  some: frozen('k', { dtype: 'i32' }),
};

export const putBack = layer(declared, ({ x, W, v, some }) => {
  const part = take(x, some, 1);
  const change = part.matmul(cayley(skew(v))).sub(part);
  return x.add(put(change, some, 1, 'in')).matmul(W.T);
});

export const putAsMatrix = layer(declared, ({ x, W, v, some }) => {
  const change = cayley(skew(v)).sub(identity('k'));
  const R = identity('in').add(put(put(change, some, 0, 'in'), some, 1, 'in'));
  return x.matmul(R.matmul(W.T));
});
