import { diag, frozen, input, layer, sparse, type Tensor, trainable, when } from '../language/dsl/index.ts';

export interface FrodConfig {
  /** Whether the frozen layer has a bias. */
  bias: boolean;
}

type Decomposed = readonly [U: Tensor<['out', 'in']>, V: Tensor<['in', 'in']>];
type Trained = readonly [l: Tensor<['in']>, s: Tensor<['k']>];

/** The merged weight U·(S + diag(l))·Vᵀ, where S has the values s at the positions p. */
const merged = ([U, V]: Decomposed, p: Tensor<['2', 'k']>, [l, s]: Trained) =>
  U.matmul(sparse(s, p, 'in', 'in').add(diag(l))).matmul(V.T);

/**
 * FRoD as PEFT runs it: W′ = U·(S + diag(l))·Vᵀ, in place of W = U·diag(λ)·Vᵀ. The weights of a kind, such as all
 * q_proj, share the basis V of their hierarchical joint decomposition; U has unit columns. l starts as λ. S is zero but
 * at k random positions off the diagonal, PEFT's `sparse_rate`·in², and starts at zero.
 */
export const frod = layer(
  (c: FrodConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in', { stored: 'weight' }),
    bias: when(c.bias, frozen('out', { stored: 'bias' })),
    V: frozen('in', 'in', { init: { basis: 'W' } }),
    U: frozen('out', 'in', { init: { directions: 'W', in: 'V' } }),
    p: frozen(2, 'k', { dtype: 'i32', init: { positions: 'V', diagonal: 'none' } }),
    l: trainable('in', { stored: 'frod_lambda_l', init: { lengths: 'W', in: 'V' } }),
    s: trainable('k', { stored: 'frod_lambda_s_values', init: 'zeros' }),
  }),
  ({ x, bias, U, V, p, l, s }) => {
    const y = x.matmul(merged([U, V], p, [l, s]).T);
    return bias ? y.add(bias) : y;
  },
  {
    name: 'frod',
    source: 'https://doi.org/10.1609/aaai.v40i31.39813',
    config: { bias: false },
    claims: ({ bias, U, V, p, l, s }) => ({ weight: merged([U, V], p, [l, s]), bias }),
  },
);
