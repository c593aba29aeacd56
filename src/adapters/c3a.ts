import {
  concat,
  cos,
  einsum,
  frozen,
  identity,
  input,
  layer,
  phases,
  sin,
  size,
  sum,
  type Tensor,
  trainable,
  when,
} from '../language/dsl/index.ts';

export interface C3aConfig {
  /** Whether the frozen layer has a bias. */
  bias: boolean;
}

/** The frequencies of b numbers: those above b/2 repeat the others, as the numbers are real. */
const HALF = 'b/2+1';

/** The cosines and the sines of the transform of b numbers, (b, HALF) each. */
function waves(): readonly [C: Tensor, S: Tensor] {
  const turns = phases('b')
    .mul(2 * Math.PI)
    .slice(1, 0, HALF);
  return [cos(turns), sin(turns)];
}

/** The complex numbers c − i·s of the kernels' transforms, as the real matrices [[c, s], [−s, c]] that multiply [x; y]. */
function multipliers(w: Tensor, F: Tensor): Tensor {
  const V: Tensor = w.matmul(F).reshape('m', 1, 'n', 2, HALF);
  return concat([V, concat([V.slice(3, 1, 1).neg(), V.slice(3, 0, 1)], 3)], 1);
}

/**
 * The product of the rows of z (rows, in) with the blocks of kernels w, by the convolution theorem: with X and V the
 * transforms of z's and w's blocks, block m of the result is the inverse transform of Σₙ X_n ⊙ conj(V_mn), over `in`.
 */
function convolved(z: Tensor, rows: string, w: Tensor<['m', 'n', 'b']>): Tensor {
  const [C, S] = waves();
  const F: Tensor = concat([C, S], 1);
  const X: Tensor = z.reshape(rows, 'n', 'b').matmul(F).reshape(rows, 'n', 2, HALF);
  const Y = einsum('tncf,mdncf->tmdf', X, multipliers(w, F));
  // A frequency and the one that repeats it count together: 0 and b/2, whose sines are 0, count once, the others twice.
  const count = sum(S.mul(S), 0).mul(2).div(size('b')).add(1);
  const share = count.div(size('b')).div(size('in'));
  const inverse = concat([C.mul(share), S.mul(share)], 1);
  return Y.reshape(rows, 'm', 'b+2').matmul(inverse.T).reshape(rows, 'out');
}

/**
 * C3A as PEFT runs it: W′ = W + ΔW/in, where ΔW has circulant blocks of size b, [k, a] = w[m, n, (a − k) mod b]. They
 * convolve x's blocks, which takes b times fewer operations between Fourier transforms, and ΔW is never formed. The
 * kernels start at zero, PEFT's `init_weights=True`. b is even.
 */
export const c3a = layer(
  (c: C3aConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in', { stored: 'weight' }),
    bias: when(c.bias, frozen('out', { stored: 'bias' })),
    w: trainable('m', 'n', 'b', { stored: 'c3a_kernel', init: 'zeros' }),
  }),
  ({ x, W, bias, w }) => {
    const y = x.matmul(W.T).add(convolved(x, 'tokens', w));
    return bias ? y.add(bias) : y;
  },
  {
    name: 'c3a',
    source: 'https://arxiv.org/abs/2407.19342',
    where: { in: 'n*b', out: 'm*b' },
    config: { bias: false },
    claims: ({ W, bias, w }) => ({ weight: W.add(convolved(identity('in'), 'in', w).T), bias }),
  },
);
