/**
 * PSOFT (PEFT `psoft`): W′ = W + s·B·(diag(b)·R·diag(a) − I)·A with frozen A and B of the principal subspace and
 * R = (I+Q)(I−Q)⁻¹, exact or as its truncated series.
 */
import {
  cayley,
  cayleyNeumann,
  diag,
  frozen,
  identity,
  input,
  layer,
  skew,
  trainable,
  when,
} from '../dsl/index.ts';

export interface PsoftConfig {
  cayley: 'neumann' | 'exact';
  terms: number;
  /** psoft_alpha / r. */
  scale: number;
  bias: boolean;
}

export const psoft = layer(
  (c: PsoftConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    bias: when(c.bias, frozen('out')),
    A: frozen('r', 'in'),
    B: frozen('out', 'r'),
    v: trainable('tri(r)'),
    a: trainable('r'),
    b: trainable('r'),
  }),
  ({ x, W, bias, A, B, v, a, b }, c) => {
    const Q = skew(v);
    const R = c.cayley === 'exact' ? cayley(Q) : cayleyNeumann(Q, { terms: c.terms });
    const middle = diag(b).matmul(R).matmul(diag(a)).sub(identity('r'));
    const merged = W.add(B.matmul(middle).matmul(A).mul(c.scale));
    const y = x.matmul(merged.T);
    return bias ? y.add(bias) : y;
  },
  { name: 'psoft', config: { cayley: 'exact', terms: 5, scale: 1, bias: false } },
);
