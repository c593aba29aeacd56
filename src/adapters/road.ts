/**
 * RoAd 1, 2 and 4 (arXiv 2409.00119, PEFT `road`): z = xWᵀ + bias, y = z ⊙ α₁cosθ₁ + rot(z) ⊙ α₂sinθ₂, where
 * rot(z) = [−z₂, z₁] on the halves of groups of g outputs. The bias is rotated too.
 */
import { concat, cos, frozen, input, layer, sin, type Tensor, trainable, when } from '../dsl/index.ts';

export interface RoadConfig {
  /** 1 shares α and θ within a pair, 2 has one per output, 4 two. */
  variant: 1 | 2 | 4;
  bias: boolean;
}

/** The part of a parameter that scales z (0) or rot(z) (1), one value per output. */
function part(p: Tensor, which: 0 | 1, variant: RoadConfig['variant']): Tensor {
  if (variant === 2) return p;
  if (variant === 4) return p.reshape('k', 2, 'g').slice(1, which, 1).reshape('out');
  const half: Tensor = p.reshape('k', 1, 'g/2');
  return concat([half, half], 1).reshape('out');
}

export const road = layer(
  (c: RoadConfig) => {
    const size = c.variant === 1 ? 'out/2' : c.variant === 2 ? 'out' : '2*out';
    return {
      x: input('tokens', 'in'),
      W: frozen('out', 'in'),
      bias: when(c.bias, frozen('out')),
      theta: trainable(size),
      alpha: trainable(size),
    };
  },
  ({ x, W, bias, theta, alpha }, c) => {
    const base = x.matmul(W.T);
    const z: Tensor = bias ? base.add(bias) : base;
    const halves: Tensor = z.reshape('tokens', 'k', 2, 'g/2');
    const rotated = concat([halves.slice(2, 1, 1).neg(), halves.slice(2, 0, 1)], 2).reshape('tokens', 'out');
    const [t1, t2] = [part(theta, 0, c.variant), part(theta, 1, c.variant)];
    const [a1, a2] = [part(alpha, 0, c.variant), part(alpha, 1, c.variant)];
    return z.mul(a1.mul(cos(t1))).add(rotated.mul(a2.mul(sin(t2))));
  },
  { name: 'road', where: { out: 'k*g' }, config: { variant: 1, bias: false } },
);
