import {
  blockDiag,
  cayley,
  expm,
  frozen,
  identity,
  input,
  layer,
  shuffle,
  type Tensor,
  trainable,
  when,
} from '../language/dsl/index.ts';

export interface GsoftConfig {
  /** The map from S = (A−Aᵀ)/2 to a rotation: (I+S)(I−S)⁻¹ or the matrix exponential. */
  method: 'cayley' | 'exp';
  /** Whether the frozen layer has a bias. */
  bias: boolean;
}

function rotation(A: Tensor, method: GsoftConfig['method']) {
  const S = A.sub(A.T).mul(0.5);
  return blockDiag(method === 'exp' ? expm(S) : cayley(S));
}

/** The product diag(R)ᵀ·P·diag(L)ᵀ·Pᵀ, with k blocks of size b in each factor. */
function groupAndShuffle(R: Tensor, L: Tensor, b: string, k: string, method: GsoftConfig['method']): Tensor {
  const P = shuffle([b, k], [1, 0]);
  return rotation(R, method).T.matmul(P).matmul(rotation(L, method).T).matmul(P.T);
}

const rotated = (W: Tensor, R: Tensor, L: Tensor, c: GsoftConfig): Tensor =>
  groupAndShuffle(R, L, 'b', 'k', c.method).matmul(W.T);

/** GSOFT: x → diag(R)ᵀ → shuffle → diag(L)ᵀ → shuffle back → Wᵀ → ⊙ s + bias. The bias is not scaled. */
export const gsoft = layer(
  (c: GsoftConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in', { stored: 'weight' }),
    bias: when(c.bias, frozen('out', { stored: 'bias' })),
    R: trainable('k', 'b', 'b', { stored: 'gs_ort.gsoft_R', init: 'zeros' }),
    L: trainable('k', 'b', 'b', { stored: 'gs_ort.gsoft_L', init: 'zeros' }),
    s: trainable('out', { stored: 'gsoft_s', init: 'ones' }),
  }),
  ({ x, W, bias, R, L, s }, c) => {
    const y = x.matmul(rotated(W, R, L, c)).mul(s);
    return bias ? y.add(bias) : y;
  },
  {
    name: 'gsoft',
    source: 'https://arxiv.org/abs/2406.10019',
    where: { in: 'k*b' },
    config: { method: 'cayley', bias: false },
    claims: ({ W, bias, R, L, s }, c) => ({
      weight: rotated(W, R, L, c).mul(s).T,
      bias,
      orthogonal: c.method === 'cayley' ? groupAndShuffle(R, L, 'b', 'k', c.method) : [],
    }),
  },
);

type Doubled = readonly [R: Tensor, L: Tensor, s: Tensor, Rout: Tensor, Lout: Tensor, sOut: Tensor];

function doubled(x: Tensor, W: Tensor, [R, L, s, Rout, Lout, sOut]: Doubled, c: GsoftConfig): Tensor {
  const z = x.matmul(rotated(W, R, L, c)).mul(s);
  return z.matmul(groupAndShuffle(Rout, Lout, 'a', 'l', c.method)).mul(sOut);
}

/**
 * Double GSOFT: GSOFT on both sides of W, y = ((x·Q·Wᵀ ⊙ s)·Q′) ⊙ s′ + bias with Q of k blocks of size b and Q′ of l
 * blocks of size a. The bias is neither rotated nor scaled.
 */
export const doubleGsoft = layer(
  (c: GsoftConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in', { stored: 'weight' }),
    bias: when(c.bias, frozen('out', { stored: 'bias' })),
    R: trainable('k', 'b', 'b', { init: 'zeros' }),
    L: trainable('k', 'b', 'b', { init: 'zeros' }),
    s: trainable('out', { init: 'ones' }),
    Rout: trainable('l', 'a', 'a', { init: 'zeros' }),
    Lout: trainable('l', 'a', 'a', { init: 'zeros' }),
    sOut: trainable('out', { init: 'ones' }),
  }),
  ({ x, W, bias, R, L, s, Rout, Lout, sOut }, c) => {
    const y = doubled(x, W, [R, L, s, Rout, Lout, sOut], c);
    return bias ? y.add(bias) : y;
  },
  {
    name: 'doubleGsoft',
    source: 'https://arxiv.org/abs/2406.10019',
    where: { in: 'k*b', out: 'l*a' },
    config: { method: 'cayley', bias: false },
    claims: ({ W, bias, R, L, s, Rout, Lout, sOut }, c) => ({
      weight: doubled(identity('in'), W, [R, L, s, Rout, Lout, sOut], c).T,
      bias,
      orthogonal:
        c.method === 'cayley'
          ? [groupAndShuffle(R, L, 'b', 'k', c.method), groupAndShuffle(Rout, Lout, 'a', 'l', c.method)]
          : [],
    }),
  },
);
