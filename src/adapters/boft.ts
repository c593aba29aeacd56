/**
 * BOFT (arXiv 2311.06243, PEFT `boft`): y = ((x·B_{m−1}…B₀)·Wᵀ) ⊙ s + bias, Bᵢ = Pᵢ·diag(C)·Pᵢᵀ with C the
 * Cayley transform (I−S)(I+S)⁻¹ of S = ½(A−Aᵀ), and Pᵢ the butterfly of stride 2ⁱ over half-blocks.
 */
import {
  blockDiag,
  cayley,
  frozen,
  input,
  layer,
  shuffle,
  type Tensor,
  trainable,
  when,
} from '../dsl/index.ts';

export interface BoftConfig {
  /** PEFT's `boft_n_butterfly_factor`. */
  factors: number;
  bias: boolean;
}

function factor(R: Tensor, i: number) {
  const A: Tensor = R.slice(0, i, 1).reshape('r', 'b', 'b');
  const C = cayley(A.sub(A.T).mul(0.5)).T;
  const P = shuffle([`r/${2 ** i}`, 2, 2 ** i, 'b/2'], [0, 2, 1, 3]);
  return P.matmul(blockDiag(C)).matmul(P.T);
}

export const boft = layer(
  (c: BoftConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    bias: when(c.bias, frozen('out')),
    R: trainable(c.factors, 'r', 'b', 'b'),
    s: trainable('out', 1),
  }),
  ({ x, W, bias, R, s }, c) => {
    let rotated: Tensor = W.T;
    for (let i = 0; i < c.factors; i++) rotated = factor(R, i).matmul(rotated);
    const y = x.matmul(rotated).mul(s.reshape('out'));
    return bias ? y.add(bias) : y;
  },
  { name: 'boft', where: { in: 'r*b' }, config: { factors: 1, bias: false } },
);
