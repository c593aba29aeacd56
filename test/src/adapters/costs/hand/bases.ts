/** Hand programs of methods that share, mask or transform what they add to a weight. */
import { SIZES } from '../methods.ts';
import { frozenBackward, frozenForward, type Hand, product, step } from './program.ts';

/**
 * MiSS. h is the sum of x's groups of r, y = xWᵀ + h·D; t = g·Dᵀ, dx = gW + t in each group, dD = hᵀ·g: 4mdn + 6mrn
 * operations and two passes over m×d elements.
 */
const miss: Hand = (size) => {
  const { m, d, n } = size;
  const r = SIZES.miss;
  return [
    step('h = Σ groups of x', m * d, m * r, m * d),
    frozenForward('x', size),
    product('+ h·D = y', m, r, n, m * n),
    product('t = g·Dᵀ', m, n, r),
    frozenBackward('g', size),
    step('+ t in each group = dx', m * d + m * r, m * d, m * d),
    product('hᵀ·g = dD', r, m, n),
  ];
};

export const BASES: Readonly<Record<string, Hand>> = { miss };
