/** Two outputs, queries and keys, from one rotation of the input; and two adapters whose outputs are concatenated. */
import { blockDiag, cayley, concat, frozen, householder, input, layer, skew, trainable } from 'oftc';

export const queryKey = layer(
  { x: input('tokens', 'in'), Wq: frozen('out', 'in'), Wk: frozen('out', 'in'), v: trainable('r', 'tri(b)') },
  ({ x, Wq, Wk, v }) => {
    const R = blockDiag(cayley(skew(v)));
    return { q: x.matmul(R.matmul(Wq.T)), k: x.matmul(Wk.matmul(R.T).T) };
  },
  { where: { in: 'r*b' } },
);

export const sideBySide = layer(
  {
    x: input('tokens', 'in'),
    Wa: frozen('out', 'in'),
    Wb: frozen('wide', 'in'),
    v: trainable('r', 'tri(b)'),
    u: trainable('in', 'k'),
  },
  ({ x, Wa, Wb, v, u }) => {
    const a = x.matmul(blockDiag(cayley(skew(v))).matmul(Wa.T));
    const b = x.matmul(householder(u).matmul(Wb.T));
    return concat([a, b], -1);
  },
  { where: { in: 'r*b' } },
);
