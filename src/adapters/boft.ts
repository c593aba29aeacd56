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
} from '../language/dsl/index.ts';

export interface BoftConfig {
  /** PEFT's `boft_n_butterfly_factor`. */
  factors: number;
  /** Whether the frozen layer has a bias. */
  bias: boolean;
}

function factor(R: Tensor, i: number) {
  const A: Tensor = R.slice(0, i, 1).reshape('r', 'b', 'b');
  const C = cayley(A.sub(A.T).mul(0.5)).T;
  // The first permutation is the identity, also for blocks of an odd size, which PEFT takes alone.
  if (i === 0) return blockDiag(C);
  const P = shuffle([`r/${2 ** i}`, 2, 2 ** i, 'b/2'], [0, 2, 1, 3]);
  return P.matmul(blockDiag(C)).matmul(P.T);
}

/** The product B_{m−1}…B₀·Wᵀ. */
function rotated(W: Tensor<['out', 'in']>, R: Tensor, c: BoftConfig): Tensor {
  let product: Tensor = W.T;
  for (let i = 0; i < c.factors; i++) product = factor(R, i).matmul(product);
  return product;
}

/**
 * BOFT as PEFT runs it: y = ((x·B_{m−1}…B₀)·Wᵀ) ⊙ s + bias, with Bᵢ = Pᵢ·diag(C)·Pᵢᵀ. C is the Cayley transform
 * (I−S)(I+S)⁻¹ of S = ½(A−Aᵀ), and Pᵢ the butterfly of stride 2ⁱ over half-blocks. The bias is not scaled. BOFT trains
 * m·in·b + out numbers.
 */
export const boft = layer(
  (c: BoftConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in', { stored: 'weight' }),
    bias: when(c.bias, frozen('out', { stored: 'bias' })),
    R: trainable(c.factors, 'r', 'b', 'b', { stored: 'boft_R', init: 'zeros' }),
    s: trainable('out', 1, { stored: 'boft_s', init: 'ones' }),
  }),
  ({ x, W, bias, R, s }, c) => {
    const y = x.matmul(rotated(W, R, c)).mul(s.reshape('out'));
    return bias ? y.add(bias) : y;
  },
  {
    name: 'boft',
    source: 'https://arxiv.org/abs/2311.06243',
    where: { in: 'r*b' },
    config: { factors: 1, bias: false },
    claims: ({ W, bias, R, s }, c) => ({
      weight: rotated(W, R, c).T.mul(s),
      bias,
      orthogonal: Array.from({ length: c.factors }, (_, i) => factor(R, i)),
    }),
  },
);
