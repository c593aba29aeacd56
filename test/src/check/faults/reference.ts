/** Correct layers, which the faulty ones of the other files are compared with. */
import {
  blockDiag,
  cayley,
  cayleyNeumann,
  detach,
  frozen,
  input,
  layer,
  skew,
  sqrt,
  sum,
  trainable,
} from 'oftc';

const shared = { x: input('tokens', 'in'), W: frozen('out', 'in'), v: trainable('r', 'tri(b)') };

export const rotated = layer(shared, ({ x, W, v }) => x.matmul(blockDiag(cayley(skew(v))).matmul(W.T)), {
  where: { in: 'r*b' },
});

export const neumann = layer(
  shared,
  ({ x, W, v }) => x.matmul(blockDiag(cayleyNeumann(skew(v), { terms: 5 })).matmul(W.T)),
  { where: { in: 'r*b' } },
);

/** DoRA, with the norm of the adapted weight detached: gradients do not pass through the norm. */
export const dora = layer(
  {
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    A: trainable('rank', 'in'),
    B: trainable('out', 'rank'),
    m: trainable('out', 1),
  },
  ({ x, W, A, B, m }) => {
    const adapted = W.add(B.matmul(A));
    const norm = detach(sqrt(sum(adapted.mul(adapted), -1)));
    return x.matmul(adapted.mul(m.div(norm)).T);
  },
);

export const lora = layer(
  {
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    A: trainable('rank', 'in'),
    B: trainable('out', 'rank'),
  },
  ({ x, W, A, B }) => x.matmul(W.T).add(x.matmul(A.T).matmul(B.T).mul(4)),
);
