/** Planted fault: the layer claims that a truncated Cayley series is exactly orthogonal. */
import { blockDiag, cayleyNeumann, frozen, input, layer, skew, trainable } from 'oftc';

export const fault = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), v: trainable('r', 'tri(b)') },
  ({ x, W, v }) => x.matmul(blockDiag(cayleyNeumann(skew(v))).matmul(W.T)),
  { where: { in: 'r*b' }, claims: ({ v }) => ({ orthogonal: blockDiag(cayleyNeumann(skew(v))) }) },
);
