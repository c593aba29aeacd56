/**
 * GOFT (arXiv 2404.04316): G = P_k…P₁, P_l rotating the planes (s·m, s·m + s/2), s = 2ˡ, by its d/s angles, packed
 * level by level; W′ = G·W in the paper's convention, y = x·G·Wᵀ + bias.
 */
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
} from '../dsl/index.ts';

export interface GoftConfig {
  /** log₂ of `in`. */
  levels: number;
  bias: boolean;
}

/** [[c, −s], [s, c]] per angle. */
function planes(theta: Tensor, n: number): Tensor {
  const [c, s]: Tensor[] = [cos(theta).reshape(n, 1, 1), sin(theta).reshape(n, 1, 1)];
  return concat([concat([c!, s!.neg()], 2), concat([s!, c!], 2)], 1);
}

export const goft = layer(
  (c: GoftConfig) => ({
    x: input('tokens', 2 ** c.levels),
    W: frozen('out', 2 ** c.levels),
    bias: when(c.bias, frozen('out')),
    theta: trainable(2 ** c.levels - 1),
  }),
  ({ x, W, bias, theta }, c) => {
    const d = 2 ** c.levels;
    let rotated: Tensor = W.T;
    let start = 0;
    for (let level = 1; level <= c.levels; level++) {
      const n = d / 2 ** level;
      const turned = planes(theta.slice(0, start, n), n);
      const blocks = n < d / 2 ? concat([turned, identity(d / 2 - n, 2, 2)], 0) : turned;
      // The first element of each half comes first: (m, half, rest) → (rest, m, half).
      const P = shuffle([n, 2, 2 ** (level - 1)], [2, 0, 1]);
      rotated = P.matmul(blockDiag(blocks)).matmul(P.T).matmul(rotated);
      start += n;
    }
    const y = x.matmul(rotated);
    return bias ? y.add(bias) : y;
  },
  { name: 'goft', config: { levels: 1, bias: false } },
);
