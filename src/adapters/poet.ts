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
} from '../language/dsl/index.ts';

export interface PoetConfig {
  /** Whether the frozen layer has a bias. */
  bias: boolean;
  /** Number of terms of the Cayley–Neumann series. */
  terms: number;
  /** Whether W and the bias are stored permuted: W[i, j] is W₀[pₒᵤₜ⁻¹(i), pᵢₙ(j)] of the original layer W₀. */
  permuted: boolean;
}

const rotation = (v: Tensor<[string, 'tri(a)' | 'tri(b)']>, c: PoetConfig): Tensor =>
  blockDiag(cayleyNeumann(skew(v), { terms: c.terms }));

/** The product Rᵢₙ·Pᵢₙᵀ·Wᵀ; a permuted W includes Pᵢₙᵀ. */
function rotated(
  W: Tensor<['out', 'in']>,
  v: Tensor<['m', 'tri(b)']>,
  p: Tensor<['in']>,
  c: PoetConfig,
): Tensor {
  return rotation(v, c).matmul(c.permuted ? W.T : permutation(p).T.matmul(W.T));
}

/** The product z·Pₒᵤₜᵀ·Rₒᵤₜ·Pₒᵤₜ; a permuted z includes Pₒᵤₜᵀ. */
function turnedBack(z: Tensor, v: Tensor<['n', 'tri(a)']>, p: Tensor<['out']>, c: PoetConfig): Tensor {
  const P = permutation(p);
  return (c.permuted ? z : z.matmul(P.T)).matmul(rotation(v, c)).matmul(P);
}

/**
 * POET: W′ᵀ = PᵢₙRᵢₙPᵢₙᵀ·Wᵀ·PₒᵤₜᵀRₒᵤₜPₒᵤₜ. R is block-diagonal, and P are random permutations, so that blocks reach
 * all of W. The bias is rotated with the outputs. The authors keep W and the bias permuted, which saves a gather on
 * either side: y = ((x[:, pᵢₙ]·Rᵢₙ·Wᵀ + bias)·Rₒᵤₜ)[:, pₒᵤₜ]. Here the permutations that are drawn first stay. The
 * authors draw others each time that they merge.
 */
export const poet = layer(
  (c: PoetConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in', { stored: 'weight' }),
    bias: when(c.bias, frozen('out', { stored: 'bias' })),
    vIn: trainable('m', 'tri(b)', { stored: 'oft_R_in', init: 'zeros' }),
    vOut: trainable('n', 'tri(a)', { stored: 'oft_R_out', init: 'zeros' }),
    pIn: frozen('in', { dtype: 'i32', stored: 'perm_in_inv', init: 'permutation' }),
    pOut: frozen('out', { dtype: 'i32', stored: 'perm_out', init: 'permutation' }),
  }),
  ({ x, W, bias, vIn, vOut, pIn, pOut }, c) => {
    const z = x.matmul(permutation(pIn)).matmul(rotated(W, vIn, pIn, c));
    return turnedBack(bias ? z.add(bias) : z, vOut, pOut, c);
  },
  {
    name: 'poet',
    source: 'https://arxiv.org/abs/2506.08001',
    where: { in: 'm*b', out: 'n*a' },
    config: { bias: false, terms: 5, permuted: false },
    claims: ({ W, bias, vIn, vOut, pIn, pOut }, c) => {
      const z = permutation(pIn).matmul(rotated(W, vIn, pIn, c));
      return {
        weight: turnedBack(z, vOut, pOut, c).T,
        bias: bias && turnedBack(bias.reshape(1, 'out'), vOut, pOut, c).reshape('out'),
      };
    },
  },
);
