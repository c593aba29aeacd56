/** One rotation used several times: cubed, undone by its transpose, or detached in one of two places. */
import { blockDiag, cayley, detach, exp, frozen, input, layer, skew, sum, trainable } from 'oftc';

const declared = { x: input('tokens', 'in'), W: frozen('out', 'in'), v: trainable('r', 'tri(b)') };
const where = { in: 'r*b' };

export const cubed = layer(
  declared,
  ({ x, W, v }) => {
    const R = blockDiag(cayley(skew(v)));
    return x.matmul(R.matmul(R).matmul(R).matmul(W.T));
  },
  { where },
);

/** A rotation that is undone: R·Rᵀ = I. */
export const undone = layer(
  declared,
  ({ x, W, v }) => {
    const R = blockDiag(cayley(skew(v)));
    return x.matmul(R).matmul(R.T).matmul(W.T);
  },
  { where },
);

export const halfHeld = layer(
  { ...declared, s: trainable('out') },
  ({ x, W, v, s }) => {
    const R = blockDiag(cayley(skew(v)));
    return x.matmul(R.matmul(detach(R)).matmul(W.T)).mul(exp(s));
  },
  { where },
);

/** The squared norm of rotated rows, which the rotation does not change, so the gradient of v is 0. */
export const normKept = layer(
  { x: input('tokens', 'in'), v: trainable('r', 'tri(b)') },
  ({ x, v }) => {
    const y = x.matmul(blockDiag(cayley(skew(v))));
    return sum(y.mul(y), -1);
  },
  { where },
);
