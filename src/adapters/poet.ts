/** POET (arXiv 2506.08001): y = ((x[:, pᵢₙ]·diag(Rᵢₙ)·Wᵀ + bias)·diag(Rₒᵤₜ))[:, pₒᵤₜ]; the bias is rotated too. */
import {
  blockDiag,
  cayleyNeumann,
  frozen,
  input,
  layer,
  permutation,
  skew,
  trainable,
  when,
} from '../dsl/index.ts';

export const poet = layer(
  (c: { bias: boolean; terms: number }) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    bias: when(c.bias, frozen('out')),
    vIn: trainable('m', 'tri(b)'),
    vOut: trainable('n', 'tri(a)'),
    pIn: frozen('in', { dtype: 'i32' }),
    pOut: frozen('out', { dtype: 'i32' }),
  }),
  ({ x, W, bias, vIn, vOut, pIn, pOut }, c) => {
    const Rin = blockDiag(cayleyNeumann(skew(vIn), { terms: c.terms }));
    const Rout = blockDiag(cayleyNeumann(skew(vOut), { terms: c.terms }));
    const z = x.matmul(permutation(pIn)).matmul(Rin.matmul(W.T));
    return (bias ? z.add(bias) : z).matmul(Rout).matmul(permutation(pOut));
  },
  { name: 'poet', where: { in: 'm*b', out: 'n*a' }, config: { bias: false, terms: 5 } },
);
