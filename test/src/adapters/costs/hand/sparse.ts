/** Hand programs of methods whose change is sparse, or a sparse spectrum. */
import { SIZES } from '../methods.ts';
import { frozenBackward, frozenForward, type Hand, moved, product, type Size, step } from './program.ts';

/** The k values at their positions in zeros, (n, d), and their sum with W. */
const placed = ({ d, n }: Size, k: number) => [
  moved('S, zeros with v at p', k, d * n, 2 * k),
  step('W′ = W + S', 2 * d * n, d * n, d * n),
];

/**
 * SHiRA. W′ has full rank, and dv is computed at the positions alone: 4mdn + 2mk operations. The product of x and the
 * sparse matrix would take 2mk more for each pass, and save the forming of W′.
 */
const shira: Hand = (size) => {
  const { m, d, n } = size;
  const k = SIZES.lora * (d + n);
  return [
    ...placed(size, k),
    product('y = x·W′ᵀ', m, d, n),
    product('dx = g·W′', m, n, d),
    step('dv = Σ g ⊙ x at p', m * (d + n) + 2 * k, k, 2 * m * k),
  ];
};

/** WaveFT. As SHiRA, with S transformed by blocks of 2×2 on both sides, and so are g and x before dv. */
const waveft: Hand = (size) => {
  const { m, d, n } = size;
  const k = SIZES.wave;
  const pairs = (what: string, rows: number, columns: number) =>
    step(what, rows * columns, rows * columns, 4 * rows * columns);
  const [formed, added] = placed(size, k);
  return [
    formed!,
    pairs('H·S', n, d),
    pairs('H·S·H', n, d),
    added!,
    product('y = x·W′ᵀ', m, d, n),
    product('dx = g·W′', m, n, d),
    pairs('g·H', m, n),
    pairs('x·H', m, d),
    step('dv = Σ g·H ⊙ x·H at p', m * (d + n) + 2 * k, k, 2 * m * k),
  ];
};

/**
 * FourierFT. The n frequencies of rows and of columns are tables of cosines and sines, and the rest is SVFT of rank
 * 2·n: p = x·V, y = xWᵀ + (p ⊙ a)·Uᵀ; q = g·U, dx = gW + (q ⊙ a)·Vᵀ, da = Σ p ⊙ q. Each table is made where it is
 * read, because together they take the memory of W.
 */
const fourierft: Hand = (size) => {
  const { m, d, n } = size;
  const k = 2 * SIZES.waves;
  const table = (what: string, points: number) => step(what, k / 2, points * k, 2 * points * k);
  const scaled = (what: string) => step(what, m * k + k, m * k, m * k);
  return [
    table('V', d),
    table('U', n),
    product('p = x·V', m, d, k),
    frozenForward('x', size),
    scaled('p ⊙ a'),
    product('+ (p ⊙ a)·Uᵀ = y', m, k, n, m * n),
    table('U again', n),
    product('q = g·U', m, n, k),
    frozenBackward('g', size),
    scaled('q ⊙ a'),
    table('V again', d),
    product('+ (q ⊙ a)·Vᵀ = dx', m, k, d, m * d),
    step('da = Σ p ⊙ q', 2 * m * k, k, 2 * m * k),
  ];
};

/**
 * FRoD. z = x·V, u = z·Sᵀ + z ⊙ l, y = u·Uᵀ; h = g·U, dx = (h·S + h ⊙ l)·Vᵀ, dl = Σ h ⊙ z, ds = Σ h ⊙ z at p. S is formed:
 * a dense product is faster than a sparse one where a hundredth of the elements is there. 4mdn + 8md² operations.
 */
const frod: Hand = (size) => {
  const { m, d, n } = size;
  const k = Math.round(d ** 2 / 100);
  return [
    moved('S, zeros with s at p', k, d * d, 2 * k),
    product('z = x·V', m, d, d),
    product('u = z·Sᵀ + z ⊙ l', m, d, d, m * d + d),
    product('y = u·Uᵀ', m, d, n),
    product('h = g·U', m, n, d),
    step('Σ h ⊙ z = dl', 2 * m * d, d, 2 * m * d),
    step('Σ h ⊙ z at p = ds', 2 * m * d + 2 * k, k, 2 * m * k),
    product('h·S + h ⊙ l', m, d, d, m * d + d),
    product('dx', m, d, d),
  ];
};

export const SPARSE: Readonly<Record<string, Hand>> = { shira, waveft, fourierft, frod };
