/** Hand programs of methods that multiply the weight, or add products of small matrices to it. */
import { SIZES } from '../methods.ts';
import { frozenBackward, frozenForward, type Hand, product, step, storedPass } from './program.ts';

/** IA³. z = xWᵀ is stored for dl = Σ g ⊙ z. The scaled g is stored for its product with W. */
const ia3: Hand = (size) => {
  const { m, n } = size;
  return [
    frozenForward('x', size),
    step('y = l ⊙ z', m * n + n, m * n, m * n),
    step('dl', 2 * m * n, n, 2 * m * n),
    storedPass('l ⊙ g', size, n, 1),
    frozenBackward('(l ⊙ g)', size),
  ];
};

/** IA³ on the inputs. The scaled x is stored for its product with W, and h = g·W for dx and dl = Σ x ⊙ h. */
const ia3OfInputs: Hand = (size) => {
  const { m, d } = size;
  return [
    step('l ⊙ x', m * d + d, m * d, m * d),
    frozenForward('(l ⊙ x)', size),
    frozenBackward('g', size),
    step('dx = l ⊙ h', m * d + d, m * d, m * d),
    step('dl', 2 * m * d, d, 2 * m * d),
  ];
};

/**
 * LoHa. (B₁A₁) ⊙ (B₂A₂) = U·V of rank r², where U has all products of a column of B₁ and one of B₂, and V those of the
 * rows of A₁ and A₂. The rest is LoRA of rank r², and sums over r for the gradients of the four matrices.
 */
const loha: Hand = (size) => {
  const { m, d, n } = size;
  const r = SIZES.loha;
  const q = r * r;
  const summed = (what: string, rows: number) => step(what, rows * (q + r), rows * r, 2 * rows * q);
  return [
    step('U', 2 * n * r, n * q, n * q),
    step('V', 2 * d * r, d * q, d * q),
    product('p = x·Vᵀ', m, d, q),
    frozenForward('x', size),
    product('+ s·p·Uᵀ = y', m, q, n, m * n),
    product('t = s·g·U', m, n, q),
    frozenBackward('g', size),
    product('+ t·V = dx', m, q, d, m * d),
    product('tᵀ·x = dV', q, m, d),
    product('s·gᵀ·p = dU', n, m, q),
    ...[summed('dB₁', n), summed('dB₂', n), summed('dA₁', d), summed('dA₂', d)],
  ];
};

/**
 * LoKr, W′ = W + s·C ⊗ (B·A) with C of l × l. For each token, x is a matrix (l, d/l), and the product with the
 * transposed addition is C·x·Aᵀ·Bᵀ. The narrow Aᵀ comes first. 2m·r·(d + l² + n) operations forward, and twice as
 * many backward.
 */
const lokr: Hand = (size) => {
  const { m, d, n } = size;
  const { lokr: r, parts: l } = SIZES;
  return [
    product('p = x·Aᵀ', m * l, d / l, r),
    product('q = C·p', m * r, l, l),
    frozenForward('x', size),
    product('+ s·q·Bᵀ = y', m * l, r, n / l, m * n),
    product('t = s·g·B', m * l, n / l, r),
    product('u = Cᵀ·t', m * r, l, l),
    frozenBackward('g', size),
    product('+ u·A = dx', m * l, r, d / l, m * d),
    product('dC', l, m * r, l),
    product('dA = uᵀ·x', r, m * l, d / l),
    product('dB = s·gᵀ·q', n / l, m * l, r),
  ];
};

/**
 * HiRA. W′ = W + W ⊙ B·A changes W by a matrix of full rank, so W′ is formed, as an epilogue of B·A. The product
 * D = W ⊙ gᵀ·x is formed in the same way, for dB = D·Aᵀ and dA = Bᵀ·D. 6mdn + 6dnr operations.
 */
const hira: Hand = (size) => {
  const { m, d, n } = size;
  const r = SIZES.hira;
  return [
    product('W′ = W + W ⊙ B·A', n, r, d, n * d),
    product('x·W′ᵀ', m, d, n),
    product('g·W′', m, n, d),
    product('D = W ⊙ gᵀ·x', n, m, d, n * d),
    product('dB = D·Aᵀ', n, d, r),
    product('dA = Bᵀ·D', r, n, d),
  ];
};

/**
 * DeLoRA: LoRA with the diagonal Ξ between its factors and with x scaled by c, the norms of W's columns, which read W
 * once. x ⊙ c is folded into its product of small rank. The gradients of λ and of the norms are work on A, B and dΞ.
 */
const delora: Hand = (size) => {
  const { m, d, n } = size;
  const r = SIZES.lora;
  return [
    step('c', d * n, d, 2 * d * n),
    step('‖rows of A‖', r * d, r, 2 * r * d),
    step('‖columns of B‖', r * n, r, 2 * r * n),
    product('p = (x ⊙ c)·Aᵀ', m, d, r, d),
    frozenForward('x', size),
    product('+ (p ⊙ Ξ)·Bᵀ = y', m, r, n, m * n + r),
    product('t = g·B', m, n, r),
    frozenBackward('g', size),
    product('+ (t ⊙ Ξ)·A ⊙ c = dx', m, r, d, m * d + d + r),
    product('(t ⊙ Ξ)ᵀ·(x ⊙ c)', r, m, d, d + r),
    product('gᵀ·(p ⊙ Ξ)', n, m, r, r),
    step('dΞ = Σ t ⊙ p', 2 * m * r, r, 2 * m * r),
    step('dA', 2 * r * d, r * d, 2 * r * d),
    step('dB', 2 * r * n, r * n, 2 * r * n),
  ];
};

/** VeRA: LoRA with frozen A and B, and with the vectors d and b as scales of the small product and of its result. */
const vera: Hand = (size) => {
  const { m, d, n } = size;
  const r = SIZES.vera;
  return [
    product('p = x·Aᵀ', m, d, r),
    frozenForward('x', size),
    product('q = (p ⊙ d)·Bᵀ', m, r, n, r),
    step('y = z + q ⊙ b', 2 * m * n + n, m * n, 2 * m * n),
    step('db = Σ g ⊙ q', 2 * m * n, n, 2 * m * n),
    product('t = (g ⊙ b)·B', m, n, r, n),
    frozenBackward('g', size),
    product('+ (t ⊙ d)·A = dx', m, r, d, m * d + r),
    step('dd = Σ t ⊙ p', 2 * m * r, r, 2 * m * r),
  ];
};

/**
 * RandLoRA on the inputs, all bases together: M has the rows of Λₙ·A·Γₙ, d of them, y = xWᵀ + s·(x·Mᵀ)·Bᵀ, t = s·g·B,
 * dx = gW + t·M, dM = tᵀ·x, dλ = Σⱼ dM ⊙ A ⊙ γ and dγ = Σₖ dM ⊙ A ⊙ λ: some three times a frozen layer.
 */
const randlora: Hand = (size) => {
  const { m, d, n } = size;
  const r = SIZES.randlora;
  const small = r * d + (d / r) * d + d;
  return [
    step('M', small, d * d, 2 * d * d),
    product('p = x·Mᵀ', m, d, d),
    frozenForward('x', size),
    product('+ s·p·Bᵀ = y', m, d, n, m * n),
    product('t = s·g·B', m, n, d),
    frozenBackward('g', size),
    product('+ t·M = dx', m, d, d, m * d),
    product('tᵀ·x = dM', d, m, d),
    step('dλ', d * d + small, d, 3 * d * d),
    step('dγ', d * d + small, (d / r) * d, 3 * d * d),
  ];
};

/**
 * DEFT. z = xWᵀ, q = s·x·Rᵀ − z·relu(P), y = z + q·Pᵀ; t = g·P, g′ = g − t·relu(P)ᵀ, dx = g′·W + s·t·R, dR = s·tᵀ·x and
 * dP = gᵀ·q − relu′(P) ⊙ zᵀ·t.
 */
const deft: Hand = (size) => {
  const { m, d, n } = size;
  const r = SIZES.deft;
  return [
    frozenForward('x', size),
    product('c = z·relu(P)', m, n, r),
    product('q = s·x·Rᵀ − c', m, d, r, m * r),
    product('z + q·Pᵀ = y', m, r, n, m * n),
    product('t = g·P', m, n, r),
    product('g − t·relu(P)ᵀ = g′', m, r, n, m * n),
    frozenBackward('g′', size),
    product('+ s·t·R = dx', m, r, d, m * d),
    product('s·tᵀ·x = dR', r, m, d),
    product('zᵀ·t', n, m, r),
    product('gᵀ·q − relu′(P) ⊙ zᵀ·t = dP', n, m, r, 2 * n * r),
  ];
};

export const PRODUCTS: Readonly<Record<string, Hand>> = {
  ia3,
  'ia3 of inputs': ia3OfInputs,
  loha,
  lokr,
  hira,
  delora,
  vera,
  randlora,
  deft,
};
