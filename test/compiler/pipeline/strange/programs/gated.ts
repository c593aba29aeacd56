/** Adapters that are added to a weight through a gate: one number, or one for each output. */
import { frozen, input, kronecker, layer, sigmoid, tanh, trainable } from 'oftc';

export const gatedLora = layer(
  {
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    A: trainable('k', 'in'),
    B: trainable('out', 'k'),
    g: trainable(),
  },
  ({ x, W, A, B, g }) => x.matmul(W.add(B.matmul(A).mul(tanh(g))).T),
);

export const gatedKronecker = layer(
  {
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    A: trainable('p', 'a'),
    B: trainable('q', 'b'),
    g: trainable('out', 1),
  },
  ({ x, W, A, B, g }) => x.matmul(W.add(kronecker(A, B).mul(sigmoid(g))).T),
  { where: { in: 'a*b', out: 'p*q' } },
);
