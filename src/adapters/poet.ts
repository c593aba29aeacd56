import {
  blockDiag,
  cayleyNeumann,
  frozen,
  input,
  layer,
  permutation,
  skew,
  type Tensor,
  trainable,
  when,
} from '../dsl/index.ts';

export interface PoetConfig {
  /** The frozen layer has a bias. */
  bias: boolean;
  /** Of the Cayley–Neumann series. */
  terms: number;
}

const rotation = (v: Tensor<[string, 'tri(a)' | 'tri(b)']>, c: PoetConfig): Tensor =>
  blockDiag(cayleyNeumann(skew(v), { terms: c.terms }));

/**
 * POET: y = ((x[:, pᵢₙ]·diag(Rᵢₙ)·Wᵀ + bias)·diag(Rₒᵤₜ))[:, pₒᵤₜ]; the bias is rotated and permuted too. The authors
 * keep W with its rows and columns permuted, so that the two permutations cancel at the start: W[i, j] here is
 * W₀[pₒᵤₜ⁻¹(i), pᵢₙ(j)] of the layer that is trained.
 */
export const poet = layer(
  (c: PoetConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in', { stored: 'weight' }),
    bias: when(c.bias, frozen('out', { stored: 'bias' })),
    vIn: trainable('m', 'tri(b)', { stored: 'oft_R_in', init: 'zeros' }),
    vOut: trainable('n', 'tri(a)', { stored: 'oft_R_out', init: 'zeros' }),
    pIn: frozen('in', { dtype: 'i32', stored: 'perm_in_inv' }),
    pOut: frozen('out', { dtype: 'i32', stored: 'perm_out' }),
  }),
  ({ x, W, bias, vIn, vOut, pIn, pOut }, c) => {
    const z = x.matmul(permutation(pIn)).matmul(rotation(vIn, c).matmul(W.T));
    return (bias ? z.add(bias) : z).matmul(rotation(vOut, c)).matmul(permutation(pOut));
  },
  {
    name: 'poet',
    source: 'https://arxiv.org/abs/2506.08001',
    where: { in: 'm*b', out: 'n*a' },
    config: { bias: false, terms: 5 },
    claims: ({ W, bias, vIn, vOut, pIn, pOut }, c) => {
      const turned = (t: Tensor) => t.matmul(rotation(vOut, c)).matmul(permutation(pOut));
      const z = permutation(pIn).matmul(rotation(vIn, c).matmul(W.T));
      return {
        weight: turned(z).T,
        bias: bias && turned(bias.reshape(1, 'out')).reshape('out'),
      };
    },
  },
);
