/** HOFT (arXiv 2505.16531): W′ = Q_U·W·Q_V, each Q a product of r Householder reflections of the rows of u and v. */
import { frozen, householder, input, layer, trainable, when } from '../dsl/index.ts';

export const hoft = layer(
  (c: { bias: boolean }) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    bias: when(c.bias, frozen('out')),
    u: trainable('r', 'out'),
    v: trainable('r', 'in'),
  }),
  ({ x, W, bias, u, v }) => {
    const merged = householder(u.T).matmul(W).matmul(householder(v.T));
    const y = x.matmul(merged.T);
    return bias ? y.add(bias) : y;
  },
  { name: 'hoft', config: { bias: false } },
);
