import {
  cayley,
  cayleyNeumann,
  diag,
  frozen,
  identity,
  input,
  layer,
  skew,
  type Tensor,
  trainable,
  when,
} from '../language/dsl/index.ts';

export interface PsoftConfig {
  /** The computation of R: `exact`, or `neumann`, by its truncated series. */
  cayley: 'neumann' | 'exact';
  /** Number of terms of the series; PEFT's `num_cayley_neumann_terms`. */
  terms: number;
  /** The scale s, PEFT's psoft_alpha / r. In a new adapter, s·B·A is the principal part of W, whatever s is. */
  scale: number;
  /** Whether the frozen layer has a bias. */
  bias: boolean;
}

function rotation(v: Tensor<['tri(r)']>, c: PsoftConfig): Tensor<['r', 'r']> {
  const Q = skew(v);
  return c.cayley === 'exact' ? cayley(Q) : cayleyNeumann(Q, { terms: c.terms });
}

/** The merged weight W + s·B·(diag(b)·R·diag(a) − I)·A. */
function merged(
  [W, A, B]: readonly [Tensor<['out', 'in']>, Tensor<['r', 'in']>, Tensor<['out', 'r']>],
  [v, a, b]: readonly [Tensor<['tri(r)']>, Tensor<['r']>, Tensor<['r']>],
  c: PsoftConfig,
) {
  const middle = diag(b).matmul(rotation(v, c)).matmul(diag(a)).sub(identity('r'));
  return W.add(B.matmul(middle).matmul(A).mul(c.scale));
}

/**
 * PSOFT as PEFT runs it: W′ = W + s·B·(diag(b)·R·diag(a) − I)·A, with R = (I+Q)(I−Q)⁻¹, exact or as its truncated
 * series. A and B are frozen. A has the leading r right singular vectors of W, which are orthonormal, and B the left
 * ones times σ/s. PEFT computes them from W whenever it loads an adapter, and does not store them.
 */
export const psoft = layer(
  (c: PsoftConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in', { stored: 'weight' }),
    bias: when(c.bias, frozen('out', { stored: 'bias' })),
    A: frozen('r', 'in', { init: { right: 'W' } }),
    B: frozen('out', 'r', { init: { left: 'W', power: 1, times: 1 / c.scale } }),
    v: trainable('tri(r)', { stored: 'psoft_R.weight', init: 'zeros' }),
    a: trainable('r', { stored: 'psoft_R.vector_a', init: 'ones' }),
    b: trainable('r', { stored: 'psoft_R.vector_b', init: 'ones' }),
  }),
  ({ x, W, bias, A, B, v, a, b }, c) => {
    const y = x.matmul(merged([W, A, B], [v, a, b], c).T);
    return bias ? y.add(bias) : y;
  },
  {
    name: 'psoft',
    source: 'https://github.com/huggingface/peft/tree/main/src/peft/tuners/psoft',
    config: { cayley: 'exact', terms: 5, scale: 1, bias: false },
    claims: ({ W, bias, A, B, v, a, b }, c) => ({
      weight: merged([W, A, B], [v, a, b], c),
      bias,
      orthogonal: c.cayley === 'exact' ? rotation(v, c) : [],
    }),
  },
);
