import {
  concat,
  cos,
  frozen,
  input,
  layer,
  sin,
  type Tensor,
  trainable,
  when,
} from '../language/dsl/index.ts';

export interface RoadConfig {
  /** The variant: 1 shares α and θ within a pair, 2 has one of each per output, 4 has two. */
  variant: 1 | 2 | 4;
  /** Whether the frozen layer has a bias. */
  bias: boolean;
}

/** The part of a parameter that scales z (`which` 0) or rot(z) (1), one value per output. */
function part(p: Tensor, which: 0 | 1, variant: RoadConfig['variant']): Tensor {
  if (variant === 2) return p;
  if (variant === 4) return p.reshape('k', 2, 'g').slice(1, which, 1).reshape('out');
  const half: Tensor = p.reshape('k', 1, 'g/2');
  return concat([half, half], 1).reshape('out');
}

/** The rotated rows z ⊙ α₁cosθ₁ + rot(z) ⊙ α₂sinθ₂ of z (rows, out). */
function rotated(z: Tensor, rows: string | number, theta: Tensor, alpha: Tensor, c: RoadConfig): Tensor {
  const halves: Tensor = z.reshape(rows, 'k', 2, 'g/2');
  const rotated = concat([halves.slice(2, 1, 1).neg(), halves.slice(2, 0, 1)], 2).reshape(rows, 'out');
  const [t1, t2] = [part(theta, 0, c.variant), part(theta, 1, c.variant)];
  const [a1, a2] = [part(alpha, 0, c.variant), part(alpha, 1, c.variant)];
  return z.mul(a1.mul(cos(t1))).add(rotated.mul(a2.mul(sin(t2))));
}

/**
 * RoAd 1, 2 and 4 as PEFT runs them: z = xWᵀ + bias and y = z ⊙ α₁cosθ₁ + rot(z) ⊙ α₂sinθ₂, where rot(z) = [−z₂, z₁]
 * on the halves of groups of g outputs. The bias is rotated too. RoAd 1 trains `out` numbers, RoAd 2 twice and RoAd 4
 * four times as many.
 */
export const road = layer(
  (c: RoadConfig) => {
    const size = c.variant === 1 ? 'out/2' : c.variant === 2 ? 'out' : '2*out';
    return {
      x: input('tokens', 'in'),
      W: frozen('out', 'in', { stored: 'weight' }),
      bias: when(c.bias, frozen('out', { stored: 'bias' })),
      theta: trainable(size, { stored: 'road_theta', init: 'zeros' }),
      alpha: trainable(size, { stored: 'road_alpha', init: 'ones' }),
    };
  },
  ({ x, W, bias, theta, alpha }, c) => {
    const base = x.matmul(W.T);
    return rotated(bias ? base.add(bias) : base, 'tokens', theta, alpha, c);
  },
  {
    name: 'road',
    source: 'https://arxiv.org/abs/2409.00119',
    where: { out: 'k*g' },
    config: { variant: 1, bias: false },
    claims: ({ W, bias, theta, alpha }, c) => ({
      weight: rotated(W.T, 'in', theta, alpha, c).T,
      bias: bias && rotated(bias.reshape(1, 'out'), 1, theta, alpha, c).reshape('out'),
    }),
  },
);
