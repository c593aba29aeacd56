/** Planted fault: the claim says W·R, but y = x·R·Wᵀ merges as W·Rᵀ. */
import { blockDiag, cayley, frozen, input, layer, skew, trainable } from 'oftc';

export const fault = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), v: trainable('r', 'tri(b)') },
  ({ x, W, v }) => x.matmul(blockDiag(cayley(skew(v))).matmul(W.T)),
  { where: { in: 'r*b' }, claims: ({ W, v }) => ({ weight: W.matmul(blockDiag(cayley(skew(v)))) }) },
);
