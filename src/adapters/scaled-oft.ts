/** Scaled OFT (OneTrainer): v ← v / (2√(b−1)), then OFT with five terms. */
import {
  blockDiag,
  cayleyNeumann,
  frozen,
  input,
  layer,
  size,
  skew,
  sqrt,
  trainable,
  when,
} from '../dsl/index.ts';

export const scaledOft = layer(
  (c: { bias: boolean }) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    bias: when(c.bias, frozen('out')),
    v: trainable('r', 'tri(b)'),
  }),
  ({ x, W, bias, v }) => {
    const R = blockDiag(cayleyNeumann(skew(v.div(sqrt(size('b').sub(1)).mul(2))), { terms: 5 }));
    const y = x.matmul(R.matmul(W.T));
    return bias ? y.add(bias) : y;
  },
  { name: 'scaledOft', where: { in: 'r*b' }, config: { bias: false } },
);
