/**
 * GSOFT (arXiv 2406.10019): x → diag(R)ᵀ → shuffle → diag(L)ᵀ → shuffle back → Wᵀ → ⊙ s + bias; the blocks are
 * f((A−Aᵀ)/2), f the Cayley transform or the matrix exponential.
 */
import {
  blockDiag,
  cayley,
  expm,
  frozen,
  input,
  layer,
  shuffle,
  type Tensor,
  trainable,
  when,
} from '../dsl/index.ts';

export interface GsoftConfig {
  method: 'cayley' | 'exp';
  bias: boolean;
}

function rotation(A: Tensor, method: GsoftConfig['method']) {
  const S = A.sub(A.T).mul(0.5);
  return blockDiag(method === 'exp' ? expm(S) : cayley(S));
}

export const gsoft = layer(
  (c: GsoftConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    bias: when(c.bias, frozen('out')),
    R: trainable('k', 'b', 'b'),
    L: trainable('k', 'b', 'b'),
    s: trainable('out'),
  }),
  ({ x, W, bias, R, L, s }, c) => {
    const P = shuffle(['b', 'k'], [1, 0]);
    const Q = rotation(R, c.method).T.matmul(P).matmul(rotation(L, c.method).T).matmul(P.T);
    const y = x.matmul(Q.matmul(W.T)).mul(s);
    return bias ? y.add(bias) : y;
  },
  { name: 'gsoft', where: { in: 'k*b' }, config: { method: 'cayley', bias: false } },
);
