/** A layer that gathers rows of the weight, and a generator for each block from a bank, by frozen indices. */
import { blockDiag, cayley, frozen, input, layer, skew, take, trainable } from 'oftc';

export const gathered = layer(
  {
    x: input('tokens', 'in'),
    W: frozen('vocabulary', 'in'),
    rows: frozen('out', { dtype: 'i32' }),
    bank: trainable('n', 'tri(b)'),
    which: frozen('r', { dtype: 'i32' }),
  },
  ({ x, W, rows, bank, which }) => {
    const R = blockDiag(cayley(skew(take(bank, which, 0))));
    return x.matmul(R.matmul(take(W, rows, 0).T));
  },
  { where: { in: 'r*b' } },
);
