import {
  concat,
  cos,
  diag,
  frozen,
  input,
  layer,
  phases,
  sin,
  size,
  type Tensor,
  take,
  trainable,
  when,
} from '../language/dsl/index.ts';

export interface FourierftConfig {
  /** The scale α; PEFT's `scaling`. */
  scale: number;
  /** The seed of the positions; PEFT's `random_loc_seed`. */
  seed: number;
  /** Whether the frozen layer has a bias. */
  bias: boolean;
}

type Positions = Tensor<['3', 'n']>;

/** The cosines and the sines of n frequencies at each of the points, (points, 2·n). The row of p has the frequencies. */
function waves(points: 'out' | 'in', p: Positions, row: 0 | 1): Tensor {
  const turns = take(phases(points), p.slice(0, row, 1).reshape('n'), 1).mul(2 * Math.PI);
  return concat([cos(turns), sin(turns)], 1);
}

type Waves = readonly [U: Tensor, d: Tensor, V: Tensor];

/**
 * The change α·Re(IFFT(F)) = U·diag(d)·Vᵀ, where F is zero but for c at the positions p. Each value adds a wave
 * cos(u + v) = cos u·cos v − sin u·sin v with u along the rows and v along the columns.
 */
function change(c: Tensor<['n']>, p: Positions, scale: number): Waves {
  const a = c.mul(scale).div(size('out')).div(size('in'));
  return [waves('out', p, 0), concat([a, a.neg()], 0), waves('in', p, 1)];
}

/**
 * FourierFT as PEFT runs it: W′ = W + α·Re(IFFT(F)). The spectrum F is zero but at n positions, which follow from a seed,
 * so that no adapter stores them. It starts at random, and so W′ is not W at first.
 */
export const fourierft = layer(
  (c: FourierftConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in', { stored: 'weight' }),
    bias: when(c.bias, frozen('out', { stored: 'bias' })),
    p: frozen(3, 'n', { dtype: 'i32', init: { positions: 'W', seed: c.seed } }),
    c: trainable('n', { stored: 'fourierft_spectrum', init: { normal: 1 } }),
  }),
  ({ x, W, bias, p, c }, { scale }) => {
    const [U, d, V] = change(c, p, scale);
    // With many frequencies, the sum in W′ would be formed: it costs more than x takes where tokens are few.
    const y = x.matmul(W.T).add(x.matmul(V).mul(d).matmul(U.T));
    return bias ? y.add(bias) : y;
  },
  {
    name: 'fourierft',
    source: 'https://arxiv.org/abs/2405.03003',
    config: { scale: 150, seed: 777, bias: false },
    claims: ({ W, bias, p, c }, { scale }) => {
      const [U, d, V] = change(c, p, scale);
      return { weight: W.add(U.matmul(diag(d)).matmul(V.T)), bias };
    },
  },
);
