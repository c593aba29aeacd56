/** A layer whose generator passes through helpers in three files of deep/. */
import { frozen, input, layer, list, type Tensor, trainable } from 'oftc';
import { rotations } from './deep/rotations.ts';

export const threeDeep = layer(
  (c: { count: number }) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    v: list(c.count, trainable('r', 'tri(b)')),
    d: trainable('in'),
  }),
  ({ x, W, v, d }) => {
    let rotated: Tensor = W.T;
    for (const R of rotations(v, d)) rotated = R.matmul(rotated);
    return x.matmul(rotated);
  },
  { where: { in: 'r*b' }, config: { count: 2 } },
);
