import {
  detach,
  diag,
  frozen,
  input,
  layer,
  straightThrough,
  trainable,
  when,
} from '../language/dsl/index.ts';

export interface OsfConfig {
  /** Whether the layer has fewer outputs than inputs; there are then `out` singular values, and else `in`. */
  fewerOutputs: boolean;
  /** Whether the frozen layer has a bias. */
  bias: boolean;
}

/**
 * OSF: W′ = Uₕ·diag(sₕ)·Vₕ + U·diag(s)·V. The k largest singular values of W and their vectors stay, and the others are
 * trained. Their gradients are projected: that of V is as if x were x − x·Vₕᵀ·Vₕ, and that of U as if y were y −
 * y·Uₕ·Uₕᵀ. PEFT computes Uₕ, sₕ and Vₕ
 * from W whenever it loads an adapter, and does not store them.
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
    const kept = x.matmul(Vh.T);
    const beside = detach(x.sub(kept.matmul(Vh)));
    const inner = straightThrough(x.matmul(V.T), x.matmul(detach(V).T).add(beside.matmul(V.T))).mul(s);
    const z = detach(inner).matmul(U.T);
    const ofU = z.sub(z.matmul(Uh).matmul(Uh.T));
    const low = straightThrough(inner.matmul(U.T), inner.matmul(detach(U).T).add(ofU));
    const y = kept.mul(sh).matmul(Uh.T).add(low);
    return bias ? y.add(bias) : y;
  },
  {
    name: 'osf',
    source: 'https://arxiv.org/abs/2504.07097',
    config: { fewerOutputs: false, bias: false },
    claims: ({ bias, Uh, sh, Vh, U, s, V }) => ({
      weight: Uh.matmul(diag(sh))
        .matmul(Vh)
        .add(U.matmul(diag(s)).matmul(V)),
      bias,
    }),
  },
);
