/** Three reflections and three block-diagonal rotations, alternating. */
import {
  blockDiag,
  cayley,
  frozen,
  householder,
  input,
  layer,
  list,
  skew,
  type Tensor,
  trainable,
} from 'oftc';

export const threeReflections = layer(
  {
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    u: list(3, trainable('in', 'k')),
    v: list(3, trainable('r', 'tri(b)')),
  },
  ({ x, W, u, v }) => {
    let rotated: Tensor = W.T;
    for (const [i, ui] of u.entries()) {
      rotated = householder(ui)
        .matmul(blockDiag(cayley(skew(v[i]!))))
        .matmul(rotated);
    }
    return x.matmul(rotated);
  },
  { where: { in: 'r*b' } },
);
