/** Scales between a rotation and the weight: one trained number, one for each input, one for each output. */
import { blockDiag, cayley, diag, exp, frozen, input, layer, skew, trainable } from 'oftc';

export const scaledThrice = layer(
  {
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    v: trainable('r', 'tri(b)'),
    g: trainable(1),
    s: trainable('in'),
    t: trainable('out'),
  },
  ({ x, W, v, g, s, t }) => {
    const R = blockDiag(cayley(skew(v)))
      .mul(g)
      .mul(s.reshape('in', 1));
    return x.matmul(W.matmul(R.T).mul(exp(t).reshape('out', 1)).T);
  },
  { where: { in: 'r*b' } },
);

/** A diagonal scale in a rotated basis, R·diag(e^s)·Rᵀ, plus another diagonal. */
export const stretched = layer(
  {
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    v: trainable('r', 'tri(b)'),
    s: trainable('in'),
    t: trainable('in'),
  },
  ({ x, W, v, s, t }) => {
    const R = blockDiag(cayley(skew(v)));
    const M = R.matmul(diag(exp(s)))
      .matmul(R.T)
      .add(diag(t));
    return x.matmul(M.matmul(W.T));
  },
  { where: { in: 'r*b' } },
);
