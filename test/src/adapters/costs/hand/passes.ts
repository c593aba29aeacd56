/** Hand programs of BOFT, GSOFT and GOFT: several sparse rotations, each a pass over x that also permutes. */
import { SIZES } from '../methods.ts';
import { cayley, expm, type Generator } from './generators.ts';
import {
  type Blocks,
  blockProduct,
  blocksOf,
  frozenBackward,
  frozenForward,
  type Hand,
  type Size,
  type Step,
  step,
  storedPass,
} from './program.ts';

const { b } = SIZES;

/**
 * BOFT and GSOFT. A factor B takes 6mdb operations: x·B forward; the blocks of xᵀ·h, for dB, and h·Bᵀ backward. After
 * the factors comes y = t ⊙ s with t = x̃·Wᵀ. t is stored for ds = Σ_tokens g ⊙ t, and g ⊙ s for its product with W.
 */
const blockPasses = (size: Size, factors: number, make: (R: Blocks, stored: number) => Generator): Step[] => {
  const { m, d, n } = size;
  const R = { r: d / b, b };
  const generator = make(R, b * b);
  const each = (what: (i: number) => Step[]) => Array.from({ length: factors }, (_, i) => what(i)).flat();
  return [
    ...each((i) => [...generator.forward, blockProduct(`x·B${i}`, m, R)]),
    frozenForward('x̃', size),
    step('t ⊙ s = y', m * n + n, m * n, m * n),
    step('ds = Σ g ⊙ t', 2 * m * n, n, 2 * m * n),
    storedPass('g ⊙ s', size, n, 1),
    frozenBackward('(g ⊙ s)', size),
    ...each((i) => [
      blocksOf(`blocks of xᵀ·h, B${i}`, m, R),
      blockProduct(`h·B${i}ᵀ`, m, R),
      ...generator.backward,
    ]),
  ];
};

/**
 * BOFT on the output side: z = x·Wᵀ passes through the factors. Each factor's input is kept, and serves the blocks of zᵀ·g
 * that dB takes; gz serves dx.
 */
const outputPasses = (size: Size, factors: number): Step[] => {
  const R = { r: size.n / b, b };
  const generator = cayley(R, b * b);
  const each = (what: (i: number) => Step[]) => Array.from({ length: factors }, (_, i) => what(i)).flat();
  return [
    frozenForward('x', size),
    ...each((i) => [...generator.forward, blockProduct(`z·B${i}ᵀ`, size.m, R)]),
    ...each((i) => [
      blocksOf(`blocks of zᵀ·g, B${i}`, size.m, R),
      blockProduct(`g·B${i}`, size.m, R),
      ...generator.backward,
    ]),
    frozenBackward('gz', size),
  ];
};

/**
 * GOFT. Level l rotates d/2ˡ planes and leaves the other columns alone. But each level stores a new tensor, which dθ
 * needs, so it passes over all m×d elements. The rotation of a plane is four products and two sums: 3 operations an
 * element. Backward, h is rotated the same way, and dθ = Σ_tokens of gᵀ·R′(θ)·x in each plane: one rotation and two
 * multiply-adds, 5 operations an element.
 */
const goft: Hand = (size) => {
  const { m, d } = size;
  const planes = Array.from({ length: Math.log2(d) }, (_, l) => d / 2 ** (l + 1));
  return [
    ...planes.map((n) => step(`turn ${n} planes of x`, m * d + n, m * d, 6 * m * n)),
    frozenForward('x̃', size),
    frozenBackward('g', size),
    ...planes.flatMap((n) => [
      step(`dθ of ${n} planes`, 2 * m * d + n, n, 10 * m * n),
      step(`turn ${n} planes of h back`, m * d + n, m * d, 6 * m * n),
    ]),
  ];
};

export const PASSES: Readonly<Record<string, Hand>> = {
  'boft m=1': (size) => blockPasses(size, 1, cayley),
  'boft m=2': (size) => blockPasses(size, 2, cayley),
  'boft m=4': (size) => blockPasses(size, 4, cayley),
  'lycoris-boft m=2': (size) => outputPasses(size, 2),
  'gsoft cayley': (size) => blockPasses(size, 2, cayley),
  'gsoft exp': (size) => blockPasses(size, 2, expm),
  goft,
};
