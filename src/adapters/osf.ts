import { diag, frozen, identity, input, layer, type Tensor, trainable, when } from '../language/dsl/index.ts';

export interface OsfConfig {
  /** Whether the layer has fewer outputs than inputs; there are then `out` singular values, and else `in`. */
  fewerOutputs: boolean;
  /** Whether the frozen layer has a bias. */
  bias: boolean;
}

type Svd = readonly [U: Tensor, s: Tensor, V: Tensor];

/** The merged weight Uₕ·diag(sₕ)·Vₕ + (I − Uₕ·Uₕᵀ)·U·diag(s)·V·(I − Vₕᵀ·Vₕ). */
function adapted([Uh, sh, Vh]: Svd, [U, s, V]: Svd): Tensor {
  const low = U.matmul(diag(s)).matmul(V);
  const left = identity('out').sub(Uh.matmul(Uh.T));
  const right = identity('in').sub(Vh.T.matmul(Vh));
  return Uh.matmul(diag(sh)).matmul(Vh).add(left.matmul(low).matmul(right));
}

/**
 * OSF: W′ = Uₕ·diag(sₕ)·Vₕ + (I − Uₕ·Uₕᵀ)·U·diag(s)·V·(I − Vₕᵀ·Vₕ). The k largest singular values of W and their vectors
 * stay, and the others are trained, orthogonally to those that stay. PEFT projects the gradients of U and V instead. That
 * gives the same outputs and gradients at the start, where U and V are orthogonal to Uₕ and Vₕ, and the same steps of
 * plain gradient descent; AdamW's steps leave them no longer orthogonal. PEFT computes Uₕ, sₕ and Vₕ from W whenever it
 * loads an adapter, and does not store them.
 */
export const osf = layer(
  (c: OsfConfig) => {
    const rest = `${c.fewerOutputs ? 'out' : 'in'}-k`;
    return {
      x: input('tokens', 'in'),
      W: frozen('out', 'in', { stored: 'weight' }),
      bias: when(c.bias, frozen('out', { stored: 'bias' })),
      Uh: frozen('out', 'k', { init: { left: 'W' } }),
      sh: frozen('k', { init: { singularValues: 'W' } }),
      Vh: frozen('k', 'in', { init: { right: 'W' } }),
      U: trainable('out', rest, { stored: 'osf_svd_params.U_low', init: { left: 'W', after: 'Uh' } }),
      s: trainable(rest, { stored: 'osf_svd_params.S_low', init: { singularValues: 'W', after: 'sh' } }),
      V: trainable(rest, 'in', { stored: 'osf_svd_params.V_low', init: { right: 'W', after: 'Vh' } }),
    };
  },
  ({ x, bias, Uh, sh, Vh, U, s, V }) => {
    // With as many singular vectors on both sides, W′ would be formed: it costs less than x takes where tokens are many.
    const kept = x.matmul(Vh.T);
    const low = x.sub(kept.matmul(Vh)).matmul(V.T).mul(s).matmul(U.T);
    const y = low.add(kept.mul(sh).sub(low.matmul(Uh)).matmul(Uh.T));
    return bias ? y.add(bias) : y;
  },
  {
    name: 'osf',
    source: 'https://arxiv.org/abs/2504.07097',
    config: { fewerOutputs: false, bias: false },
    claims: ({ bias, Uh, sh, Vh, U, s, V }) => ({ weight: adapted([Uh, sh, Vh], [U, s, V]), bias }),
  },
);
