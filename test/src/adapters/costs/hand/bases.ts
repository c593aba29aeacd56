/** Hand programs of methods that share, mask or transform what they add to a weight. */
import { SIZES } from '../methods.ts';
import { cayley } from './generators.ts';
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

/** MiSS with a shard H of h columns. The sum of g over its repetitions takes g's place, and H that of D: 4mdn + 6mrh. */
const miniMiss: Hand = (size) => {
  const { m, d, n } = size;
  const { miss: r, mini: h } = SIZES;
  return [
    step('p = Σ groups of x', m * d, m * r, m * d),
    product('p·H', m, r, h),
    frozenForward('x', size),
    step('+ p·H, repeated = y', m * n + m * h, m * n, m * n),
    step('q = Σ repetitions in g', m * n, m * h, m * n),
    product('t = q·Hᵀ', m, h, r),
    frozenBackward('g', size),
    step('+ t in each group = dx', m * d + m * r, m * d, m * d),
    product('pᵀ·q = dH', r, m, h),
  ];
};

/**
 * MiSS of blocks. W′ = W + W·diag(B) + B changes W by a matrix of full rank and is formed, and so is the gradient
 * G = gᵀ·x. dB sums Vᵀ·G and G over the blocks V of W. 6mdn + 4dnr operations.
 */
const batMiss: Hand = (size) => {
  const { m, d, n } = size;
  const { miss: r } = SIZES;
  return [
    step('W′', d * n + n * r, d * n, 2 * d * n * r + 2 * d * n),
    product('x·W′ᵀ = y', m, d, n),
    product('g·W′ = dx', m, n, d),
    product('G = gᵀ·x', n, m, d),
    step('Σ blocks of G', d * n, n * r, d * n),
    step('+ Σ Vᵀ·G = dB', 2 * d * n + n * r, n * r, 2 * d * n * r),
  ];
};

/** GraLoRA. LoRA, but that both products are by blocks and the k·r columns between them are exchanged. */
const gralora: Hand = (size) => {
  const { m, d, n } = size;
  const [k, r] = [SIZES.gralora, SIZES.lora];
  const by = (what: string, rows: number, columns: number, also = 0) =>
    step(what, m * rows + (rows * columns) / k + also, m * columns, (2 * m * rows * columns) / k);
  return [
    by('p = x·diag(A)·P', d, k * r),
    frozenForward('x', size),
    by('+ s·p·diag(B) = y', k * r, n, m * n),
    by('t = s·g·diag(B)ᵀ·Pᵀ', n, k * r),
    frozenBackward('g', size),
    by('+ t·diag(A)ᵀ = dx', k * r, d, m * d),
    step('blocks of xᵀ·t = dA', m * (d + k * r), d * r, 2 * m * d * r),
    step('blocks of pᵀ·g = dB', m * (n + k * r), n * r, 2 * m * n * r),
  ];
};

/** SVFT. p = x·Vᵀ, y = xWᵀ + (p ⊙ μ)·Uᵀ; q = g·U, dx = gW + (q ⊙ μ)·V, dμ = Σ p ⊙ q: three times a frozen layer. */
const svft: Hand = (size) => {
  const { m, d, n } = size;
  const k = Math.min(d, n);
  const scaled = (what: string) => step(what, m * k + k, m * k, m * k);
  return [
    product('p = x·Vᵀ', m, d, k),
    frozenForward('x', size),
    scaled('p ⊙ μ'),
    product('+ (p ⊙ μ)·Uᵀ = y', m, k, n, m * n),
    product('q = g·U', m, n, k),
    frozenBackward('g', size),
    scaled('q ⊙ μ'),
    product('+ (q ⊙ μ)·V = dx', m, k, d, m * d),
    step('Σ p ⊙ q = dμ', 2 * m * k, k, 2 * m * k),
  ];
};

/**
 * SSVD. p = x·Vᵀ, h = p·Rᵀ, y = xWᵀ + (h ⊙ (s + δ) − p ⊙ s)·Uᵀ; q = g·U, e = q ⊙ (s + δ), dx = gW + (e·R − q ⊙ s)·V,
 * dR = eᵀ·p, dδ = Σ q ⊙ h.
 */
const ssvd: Hand = (size) => {
  const { m, d, n } = size;
  const k = SIZES.ssvd;
  const generator = cayley({ r: 1, b: k });
  return [
    ...generator.forward,
    product('p = x·Vᵀ', m, d, k),
    product('h = p·Rᵀ', m, k, k),
    step('z = h ⊙ (s + δ) − p ⊙ s', 2 * m * k + 2 * k, m * k, 3 * m * k),
    frozenForward('x', size),
    product('+ z·Uᵀ = y', m, k, n, m * n),
    product('q = g·U', m, n, k),
    step('e = q ⊙ (s + δ)', m * k + 2 * k, m * k, m * k),
    product('e·R − q ⊙ s', m, k, k, m * k),
    frozenBackward('g', size),
    product('+ (e·R − q ⊙ s)·V = dx', m, k, d, m * d),
    product('eᵀ·p = dR', k, m, k),
    step('Σ q ⊙ h = dδ', 2 * m * k, k, 2 * m * k),
    ...generator.backward,
  ];
};

/**
 * C3A. X = x·F by blocks of b, with the b/2 + 1 cosines and b/2 − 1 sines of a Fourier transform in F; V = w·F; Y = X·V
 * for each frequency, complex; y = xWᵀ + Y·Fᵀ. G = g·F, dX = G·V, dx = gW + dX·Fᵀ, dV = Σ G ⊙ X, dw = dV·Fᵀ.
 */
const c3a: Hand = (size) => {
  const { m, d, n } = size;
  const b = SIZES.c3a;
  const f = b;
  const transform = (what: string, count: number) => product(what, count, b, f);
  const back = (what: string, count: number, also = 0) => product(what, count, f, b, also);
  const [blocks, pairs] = [(d * n) / (b * b), m * (d / b + n / b) * f];
  const complex = (what: string, writes: number) =>
    step(what, writes === blocks * f ? pairs : pairs - writes + blocks * f, writes, 4 * m * blocks * f);
  return [
    step('cosines and sines', 0, b * f, b * f),
    transform('X', (m * d) / b),
    transform('V', blocks),
    complex('Y = Σ X ⊙ conj(V)', (m * n * f) / b),
    frozenForward('x', size),
    back('+ Y·Fᵀ = y', (m * n) / b, m * n),
    transform('G', (m * n) / b),
    complex('dX = Σ G ⊙ V', (m * d * f) / b),
    frozenBackward('g', size),
    back('+ dX·Fᵀ = dx', (m * d) / b, m * d),
    complex('dV = Σ G ⊙ X', blocks * f),
    back('dV·Fᵀ = dw', blocks),
  ];
};

/**
 * OSF with half of the singular vectors frozen. x′ and g′ are x and g without their part in the frozen vectors; the
 * products with these parts join those of what is kept: some seven times half a frozen layer, forward and backward.
 */
const osf: Hand = (size) => {
  const { m, d, n } = size;
  const k = Math.min(d, n) / 2;
  const l = Math.min(d, n) - k;
  return [
    product('h = x·Vₕᵀ', m, d, k),
    product('p = x·Vᵀ', m, d, l),
    step('p ⊙ s', m * l + l, m * l, m * l),
    product('z = (p ⊙ s)·Uᵀ', m, l, n),
    product('z + (h ⊙ sₕ)·Uₕᵀ = y', m, k, n, m * n + m * k),
    product('a = g·Uₕ', m, n, k),
    product('g − a·Uₕᵀ = g′', m, k, n, m * n),
    product('t = g·U', m, n, l),
    product('g′ᵀ·(p ⊙ s) = dU', n, m, l),
    step('Σ t ⊙ p = ds', 2 * m * l, l, 2 * m * l),
    step('t ⊙ s', m * l + l, m * l, m * l),
    product('x − h·Vₕ = x′', m, k, d, m * d),
    product('(t ⊙ s)ᵀ·x′ = dV', l, m, d),
    product('e = (t ⊙ s)·V', m, l, d),
    product('e + (a ⊙ sₕ)·Vₕ = dx', m, k, d, m * d + m * k),
  ];
};

export const BASES: Readonly<Record<string, Hand>> = {
  ...{ c3a, miss, gralora, svft, ssvd, osf },
  ...{ 'miss mini': miniMiss, 'miss bat': batMiss },
};
