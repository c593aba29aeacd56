import {
  blockDiag,
  concat,
  cos,
  frozen,
  identity,
  input,
  layer,
  shuffle,
  sin,
  type Tensor,
  trainable,
  when,
} from '../language/dsl/index.ts';

export interface GoftConfig {
  /** log₂ of `in`. */
  levels: number;
  /** Whether the frozen layer has a bias. */
  bias: boolean;
}

/** The rotations [[c, −s], [s, c]], one per angle. */
function planes(theta: Tensor, n: number): Tensor {
  const [c, s]: Tensor[] = [cos(theta).reshape(n, 1, 1), sin(theta).reshape(n, 1, 1)];
  return concat([concat([c!, s!.neg()], 2), concat([s!, c!], 2)], 1);
}

/**
 * The product P_k…P₁·start. P_l acts on the planes (s·m, s·m + s/2), s = 2ˡ, by d/s blocks of 2×2; `blocks(first, n)`
 * gives n blocks from `first` on, packed level by level.
 */
function byLevels(blocks: (first: number, n: number) => Tensor, levels: number, start: Tensor): Tensor {
  const d = 2 ** levels;
  let product = start;
  let first = 0;
  for (let level = 1; level <= levels; level++) {
    const n = d / 2 ** level;
    const own = blocks(first, n);
    const all = n < d / 2 ? concat([own, identity(d / 2 - n, 2, 2)], 0) : own;
    // The axes are (m, half, rest), and become (rest, m, half): elements of one plane are neighbours.
    const P = shuffle([n, 2, 2 ** (level - 1)], [2, 0, 1]);
    product = P.matmul(blockDiag(all)).matmul(P.T).matmul(product);
    first += n;
  }
  return product;
}

const rotated = (theta: Tensor, c: GoftConfig, start: Tensor): Tensor =>
  byLevels((first, n) => planes(theta.slice(0, first, n), n), c.levels, start);

/**
 * GOFT: y = x·G·Wᵀ + bias, or W′ = G·W in the paper's convention. G = P_k…P₁ is a product of log₂ d levels of disjoint
 * Givens rotations, whose d − 1 angles are packed level by level. The authors' code (peft-givens) trains atanh(θ/π)
 * instead of the angle θ, so no tensor of theirs is this parameter.
 */
export const goft = layer(
  (c: GoftConfig) => ({
    x: input('tokens', 2 ** c.levels),
    W: frozen('out', 2 ** c.levels, { stored: 'weight' }),
    bias: when(c.bias, frozen('out', { stored: 'bias' })),
    theta: trainable(2 ** c.levels - 1, { init: 'zeros' }),
  }),
  ({ x, W, bias, theta }, c) => {
    const y = x.matmul(rotated(theta, c, W.T));
    return bias ? y.add(bias) : y;
  },
  {
    name: 'goft',
    source: 'https://arxiv.org/abs/2404.04316',
    config: { levels: 1, bias: false },
    claims: ({ W, bias, theta }, c) => ({
      weight: rotated(theta, c, W.T).T,
      bias,
      orthogonal: rotated(theta, c, identity(2 ** c.levels)),
    }),
  },
);

const quasi = (blocks: Tensor, c: GoftConfig, start: Tensor): Tensor =>
  byLevels((first, n) => blocks.slice(0, first, n), c.levels, start);

/**
 * qGOFT: GOFT with a free 2×2 block in place of each rotation, 4(d − 1) numbers. The paper's penalty that keeps the
 * blocks near orthogonal belongs to the loss, not to the layer. The authors' code (peft-givens) mixes neighbouring
 * columns at every level, so none of its tensors is this parameter as it stands.
 */
export const qgoft = layer(
  (c: GoftConfig) => ({
    x: input('tokens', 2 ** c.levels),
    W: frozen('out', 2 ** c.levels, { stored: 'weight' }),
    bias: when(c.bias, frozen('out', { stored: 'bias' })),
    blocks: trainable(2 ** c.levels - 1, 2, 2, { init: 'identity' }),
  }),
  ({ x, W, bias, blocks }, c) => {
    const y = x.matmul(quasi(blocks, c, W.T));
    return bias ? y.add(bias) : y;
  },
  {
    name: 'qgoft',
    source: 'https://arxiv.org/abs/2404.04316',
    config: { levels: 1, bias: false },
    claims: ({ W, bias, blocks }, c) => ({ weight: quasi(blocks, c, W.T).T, bias }),
  },
);
