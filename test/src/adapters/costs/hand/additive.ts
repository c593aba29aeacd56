/**
 * Hand programs of LoRA, DoRA and PSOFT, which add a product of rank r, of LOFT, which adds one to the inputs, and of
 * RoAd, which rotates pairs of outputs.
 */
import { SIZES } from '../methods.ts';
import { cayley, type Generator, neumann } from './generators.ts';
import {
  frozenBackward,
  frozenForward,
  type Hand,
  product,
  type Size,
  type Step,
  step,
  storedPass,
} from './program.ts';

/** LoRA. p = x·Aᵀ, y = xWᵀ + s·p·Bᵀ; t = s·g·B, dx = gW + t·A, dA = tᵀ·x, dB = s·gᵀ·p: 4mdn + 6m(d+n)r operations. */
const lora: Hand = (size) => {
  const { m, d, n } = size;
  const r = SIZES.lora;
  return [
    product('p = x·Aᵀ', m, d, r),
    frozenForward('x', size),
    product('+ s·p·Bᵀ = y', m, r, n, m * n),
    product('t = s·g·B', m, n, r),
    frozenBackward('g', size),
    product('+ t·A = dx', m, r, d, m * d),
    product('tᵀ·x = dA', r, m, d),
    product('s·gᵀ·p = dB', n, m, r),
  ];
};

/**
 * DoRA. c = μ/‖row‖, with ‖W_i + s·B_i·A‖² = ‖W_i‖² + 2s⟨(W·Aᵀ)_i, B_i⟩ + s²·B_i(AAᵀ)B_iᵀ. The first term reads W
 * once, and so does the second (2dnr operations). The norm is detached. z = xWᵀ + s·p·Bᵀ is stored for
 * dμ = Σ g ⊙ z / ‖row‖. g ⊙ c is stored for its product with W, and the two products of rank r read it too.
 */
const dora: Hand = (size) => {
  const { m, d, n } = size;
  const r = SIZES.lora;
  return [
    step('‖W_i‖²', d * n, n, 2 * d * n),
    product('W·Aᵀ', n, d, r),
    product('A·Aᵀ', r, d, r),
    step('‖row‖²', 2 * n * r + r * r + n, n, 2 * n * r * (r + 2)),
    product('p = x·Aᵀ', m, d, r),
    frozenForward('x', size),
    product('+ s·p·Bᵀ = z', m, r, n, m * n),
    step('c ⊙ z = y', m * n + 2 * n, m * n, m * n),
    step('dμ', 2 * m * n + n, n, 2 * m * n),
    storedPass('g ⊙ c', size, n, 1),
    product('t = s·(g ⊙ c)·B', m, n, r),
    frozenBackward('(g ⊙ c)', size),
    product('+ t·A = dx', m, r, d, m * d),
    product('tᵀ·x = dA', r, m, d),
    product('s·(g ⊙ c)ᵀ·p = dB', n, m, r),
  ];
};

/**
 * PSOFT: LoRA with frozen A and B, and with C = diag(β)·R·diag(α) − I between them. q = p·Cᵀ, dC = tᵀ·p, t′ = t·C:
 * 4mdn + 4m(d+n)r + 6mr² operations. The diagonals' gradients are work on r×r matrices.
 */
const psoft = (size: Size, make: (R: { r: number; b: number }) => Generator): Step[] => {
  const { m, d, n } = size;
  const r = SIZES.psoft;
  const generator = make({ r: 1, b: r });
  return [
    ...generator.forward,
    step('C', r * r + 2 * r, r * r, 3 * r * r),
    product('p = x·Aᵀ', m, d, r),
    product('q = p·Cᵀ', m, r, r),
    frozenForward('x', size),
    product('+ s·q·Bᵀ = y', m, r, n, m * n),
    product('t = s·g·B', m, n, r),
    product('tᵀ·p = dC', r, m, r),
    product('t·C', m, r, r),
    frozenBackward('g', size),
    product('+ t′·A = dx', m, r, d, m * d),
    step('dα, dβ, dR from dC', 2 * (2 * r * r + 2 * r), r * r + 2 * r, 6 * r * r),
    ...generator.backward,
  ];
};

/**
 * LOFT. p = x·Pᵀ, x̃ = x + p·C·P with C = T − I; k = h·Pᵀ, dC = pᵀ·k, dx = h + k·Cᵀ·P: 4mdn + 8mdr operations and four
 * products of rank r.
 */
const loft: Hand = (size) => {
  const { m, d } = size;
  const r = SIZES.loft;
  const generator = cayley({ r: 1, b: r });
  return [
    ...generator.forward,
    product('p = x·Pᵀ', m, d, r),
    product('q = p·C', m, r, r),
    product('x + q·P = x̃', m, r, d, m * d),
    frozenForward('x̃', size),
    frozenBackward('g', size),
    product('k = h·Pᵀ', m, d, r),
    product('pᵀ·k = dC', r, m, r),
    product('k·Cᵀ', m, r, r),
    product('h + k·Cᵀ·P = dx', m, r, d, m * d),
    ...generator.backward,
  ];
};

/**
 * RoAd. y = z ⊙ c₁ + rot(z) ⊙ c₂ is one pass. The transpose of that, applied to g, is another one, and its result is
 * stored for the product with W. The gradients of c₁ and c₂ are sums over tokens of g ⊙ z and g ⊙ rot(z). Those of α
 * and θ follow from them (`each` values per output).
 */
const road = (size: Size, each: number): Step[] => {
  const { m, n } = size;
  const parameters = 2 * each * n;
  return [
    frozenForward('x', size),
    step('c₁, c₂', parameters, 2 * n, 4 * n),
    step('y', m * n + 2 * n, m * n, 3 * m * n),
    step('Σ g ⊙ z', 2 * m * n, n, 2 * m * n),
    step('Σ g ⊙ rot(z)', 2 * m * n, n, 2 * m * n),
    storedPass('turned g', size, 2 * n, 3),
    frozenBackward('turned g', size),
    step('dα and dθ', parameters + 2 * n, parameters, 8 * n),
  ];
};

export const ADDITIVE: Readonly<Record<string, Hand>> = {
  lora,
  dora,
  loft,
  'psoft exact': (size) => psoft(size, cayley),
  'psoft neumann': (size) => psoft(size, neumann),
  'road 1': (size) => road(size, 1 / 2),
  'road 2': (size) => road(size, 1),
  'road 4': (size) => road(size, 2),
};
