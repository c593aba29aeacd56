import { diag, frozen, hadamard, input, layer, type Tensor, trainable, when } from '../language/dsl/index.ts';

export interface WalshConfig {
  /** log₂ of `in`. */
  levels: number;
  /** Whether the frozen layer has a bias. */
  bias: boolean;
}

/** The product R·start with R = H·diag(s)·H/n, which is symmetric, and I for s = 1. */
function scaled(s: Tensor, { levels }: WalshConfig, start: Tensor): Tensor {
  const n = 2 ** levels;
  const H = hadamard(n);
  return H.matmul(diag(s)).matmul(H).div(n).matmul(start);
}

/**
 * Scaling in the Walsh–Hadamard basis: y = x·R·Wᵀ + bias, R = H·diag(s)·H/n with n trainable numbers. The transform and
 * the diagonals between two of them are those of Fastfood (Le, Sarlós and Smola 2013), here on a frozen weight: R
 * takes n·log n operations a token and n numbers of memory.
 */
export const walsh = layer(
  (c: WalshConfig) => ({
    x: input('tokens', 2 ** c.levels),
    W: frozen('out', 2 ** c.levels, { stored: 'weight' }),
    bias: when(c.bias, frozen('out', { stored: 'bias' })),
    s: trainable(2 ** c.levels, { init: 'ones' }),
  }),
  ({ x, W, bias, s }, c) => {
    const y = x.matmul(scaled(s, c, W.T));
    return bias ? y.add(bias) : y;
  },
  {
    name: 'walsh',
    source: 'https://arxiv.org/abs/1408.3060',
    config: { levels: 1, bias: false },
    claims: ({ W, bias, s }, c) => ({ weight: scaled(s, c, W.T).T, bias }),
  },
);
