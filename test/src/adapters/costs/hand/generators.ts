/**
 * Generators: the steps that make small b×b blocks R from parameters, and the parameters' gradient from R's. A block
 * has `stored` parameters: a packed triangle, or all of a b×b matrix A with S = ½(A − Aᵀ). A kernel works on all
 * blocks at once. Its traffic is counted in sets of blocks (b² elements a block) and in parameters; its operations,
 * in products of b×b matrices, 2b³ each. Sums with I and sums of two sets are folded into the products.
 */
import { type Blocks, type Step, step, tri } from './program.ts';

export interface Generator {
  /** The steps that make R from the parameters. */
  readonly forward: readonly Step[];
  /** The steps that make the parameters' gradient from R's. */
  readonly backward: readonly Step[];
}

function kernels({ r, b, distinct = r }: Blocks, stored: number) {
  const [set, parameters] = [distinct * b * b, distinct * stored];
  return {
    /** The step that unpacks parameters into matrices. */
    unpack: (what: string): Step => step(what, parameters, set, set),
    /** A step that makes one set of blocks from `reads` sets, at the cost of `products` products of blocks. */
    make: (what: string, reads: number, products: number): Step =>
      step(what, reads * set, set, products * distinct * 2 * b ** 3),
    /** The step that packs the parameters' gradient, the skew part of the sum of `reads` sets. */
    pack: (reads: number): Step => step('gradient of the parameters', reads * set, parameters, reads * set),
  };
}

/**
 * The Cayley–Neumann series of PEFT's default length. Forward, two products: R = (I+Q)²(I+Q²) = P·S with A = Q²,
 * P = I+2Q+A and S = I+A. Backward, three products: gP = g·Sᵀ and gS = Pᵀ·g, whose sum M is A's gradient. With
 * G = M + Mᵀ, A’s share of the skew gradient is (G·Q)ᵀ − G·Q.
 */
export function neumann(blocks: Blocks, stored = tri(blocks.b)): Generator {
  const { unpack, make, pack } = kernels(blocks, stored);
  return {
    forward: [unpack('Q'), make('A = Q²', 1, 1), make('R = P·S, of Q and A', 2, 1)],
    backward: [
      make('gP = g·Sᵀ, of g and A', 2, 1),
      make('M = gP + Pᵀ·g, of g, gP, Q and A', 4, 1),
      make('G·Q, of M and Q', 2, 1),
      pack(2),
    ],
  };
}

/**
 * The Cayley transform. Forward, (I−Q)R = I+Q is solved by Gaussian elimination with b right-hand sides: ⅔b³ + 2b³
 * operations on two stored matrices. Backward, gQ = ½(I+R)ᵀ·g·(I+R)ᵀ is two products.
 */
export function cayley(blocks: Blocks, stored = tri(blocks.b)): Generator {
  const { unpack, make, pack } = kernels(blocks, stored);
  return {
    forward: [unpack('I − Q'), unpack('I + Q'), make('R', 2, 4 / 3)],
    backward: [make('(I+R)ᵀ·g', 2, 1), make('½(I+R)ᵀ·g·(I+R)ᵀ', 2, 1), pack(1)],
  };
}

const SQUARINGS = 6;

/**
 * The matrix exponential: exp(Q) = T(Q/2⁶)^64, with T Taylor's polynomial of degree 9. With S = Q/2⁶, Paterson and
 * Stockmeyer's scheme computes T = (B₂·S³ + B₁)·S³ + B₀ in four products, where B₁ and B₀ are quadratics of S and B₂
 * is a cubic. The backward pass takes two products for each product.
 */
export function expm(blocks: Blocks, stored: number): Generator {
  const { unpack, make, pack } = kernels(blocks, stored);
  const squares = (steps: (i: number) => Step[]) =>
    Array.from({ length: SQUARINGS }, (_, i) => steps(i)).flat();
  return {
    forward: [
      unpack('S'),
      make('S²', 1, 1),
      make('S³, of S and S²', 2, 1),
      make('H = B₂·S³ + B₁, of S, S², S³', 3, 1),
      make('T = H·S³ + B₀, of H, S, S², S³', 4, 1),
      ...squares((i) => [make(`square ${i}`, 1, 1)]),
    ],
    backward: [
      ...squares((i) => [make(`g·Pᵀ of square ${i}`, 2, 1), make(`+ Pᵀ·g of square ${i}`, 3, 1)]),
      make('gH = g·S³ᵀ', 2, 1),
      make('Hᵀ·g to S³', 2, 1),
      make('gB₂ = gH·S³ᵀ', 2, 1),
      make('gS³ = Hᵀ·g + B₂ᵀ·gH + c₉·gB₂, of those and S, S², S³', 6, 1),
      make('gS³·S²ᵀ and shares of g, gH, gB₂', 5, 1),
      make('gS² = Sᵀ·gS³ and shares of g, gH, gB₂', 5, 1),
      make('+ gS²·Sᵀ', 3, 1),
      make('+ Sᵀ·gS² = gS', 3, 1),
      pack(1),
    ],
  };
}
