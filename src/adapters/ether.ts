import {
  blockDiag,
  frozen,
  identity,
  input,
  layer,
  sqrt,
  sum,
  type Tensor,
  trainable,
  when,
} from '../language/dsl/index.ts';

export interface EtherConfig {
  /** Whether the frozen layer has a bias. */
  bias: boolean;
}

type Vectors = Tensor<[string, string]>;

/** The vectors of u as unit columns (k, b, 1). */
const unit = (u: Vectors, b: string) => u.div(sqrt(sum(u.mul(u), -1))).reshape('k', b, 1);

const outer = (u: Tensor) => u.matmul(u.T);

/** The product H·Wᵀ. */
const reflected = (W: Tensor<['out', 'in']>, u: Vectors) =>
  blockDiag(identity('k', 'b', 'b').sub(outer(unit(u, 'b')).mul(2))).matmul(W.T);

/**
 * ETHER: y = x·H·Wᵀ + bias, with block-diagonal reflections H = I − 2uuᵀ on the input side and u a unit vector for
 * each block. A reflection is never the identity, whatever u is. So the adapted layer starts as the frozen one with
 * each block of x reflected at a random hyperplane.
 */
export const ether = layer(
  (c: EtherConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in', { stored: 'weight' }),
    bias: when(c.bias, frozen('out', { stored: 'bias' })),
    u: trainable('k', 'b', { stored: 'ether_R', init: { kaiming: 1 } }),
  }),
  ({ x, W, bias, u }) => {
    const y = x.matmul(reflected(W, u));
    return bias ? y.add(bias) : y;
  },
  {
    name: 'ether',
    source: 'https://arxiv.org/abs/2405.20271',
    where: { in: 'k*b' },
    config: { bias: false },
    claims: ({ W, bias, u }) => ({ weight: reflected(W, u).T, bias }),
  },
);

const relaxed = (u: Vectors, v: Vectors, b: string) =>
  blockDiag(
    identity('k', b, b)
      .sub(outer(unit(u, b)))
      .add(outer(unit(v, b))),
  );

const merged = (W: Tensor, uIn: Vectors, vIn: Vectors, uOut: Vectors, vOut: Vectors): Tensor =>
  relaxed(uOut, vOut, 'a')
    .matmul(W)
    .matmul(relaxed(uIn, vIn, 'b'));

/**
 * ETHER+: W′ = H⁺·W·H̃⁺ with the relaxed, block-diagonal H⁺ = I − uuᵀ + vvᵀ on both sides, u and v unit vectors per
 * block. ETHER+ starts as the identity, v = u (in the authors' code v = −u, which is the same vvᵀ).
 */
export const etherPlus = layer(
  (c: EtherConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in', { stored: 'weight' }),
    bias: when(c.bias, frozen('out', { stored: 'bias' })),
    uIn: trainable('k', 'b', { stored: 'ether_R', init: { kaiming: 1 } }),
    vIn: trainable('k', 'b', { stored: 'ether_R2', init: { same: 'uIn' } }),
    uOut: trainable('k', 'a', { stored: 'ether_R3', init: { kaiming: 1 } }),
    vOut: trainable('k', 'a', { stored: 'ether_R4', init: { same: 'uOut' } }),
  }),
  ({ x, W, bias, uIn, vIn, uOut, vOut }) => {
    const y = x.matmul(merged(W, uIn, vIn, uOut, vOut).T);
    return bias ? y.add(bias) : y;
  },
  {
    name: 'etherPlus',
    source: 'https://arxiv.org/abs/2405.20271',
    where: { in: 'k*b', out: 'k*a' },
    config: { bias: false },
    claims: ({ W, bias, uIn, vIn, uOut, vOut }) => ({ weight: merged(W, uIn, vIn, uOut, vOut), bias }),
  },
);
