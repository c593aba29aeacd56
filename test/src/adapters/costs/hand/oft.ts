/** Hand programs of OFT, and of methods that differ from it in generator, side or number of block products. */
import { SIZES } from '../methods.ts';
import { cayley, type Generator, neumann } from './generators.ts';
import {
  type Blocks,
  blockProduct,
  blocksOf,
  frozenBackward,
  frozenForward,
  type Hand,
  moved,
  type Size,
  type Step,
  step,
  tri,
} from './program.ts';

const { b } = SIZES;

/** y = x·R·Wᵀ: g·W is formed once, dx = (gW)·Rᵀ, and dR is the blocks of xᵀ(gW). 4mdn + 6mdb operations. */
const inputSide = (size: Size, R: Blocks, generator: Generator): Step[] => [
  ...generator.forward,
  blockProduct('x·R', size.m, R),
  frozenForward('xR', size),
  frozenBackward('g', size),
  blockProduct('gW·Rᵀ = dx', size.m, R),
  blocksOf('blocks of xᵀ·gW', size.m, R),
  ...generator.backward,
];

const blocksIn = ({ d }: Size): Blocks => ({ r: d / b, b });

const oft: Hand = (size) => inputSide(size, blocksIn(size), neumann(blocksIn(size)));

/**
 * COFT. One reduction computes every block's ‖Q‖_F. The scaling is folded into the unpacking, and the gradient
 * passes through unscaled.
 */
const constrained: Hand = (size) => {
  const { r } = blocksIn(size);
  return [step('‖Q‖_F', r * tri(b), r, 2 * r * tri(b)), ...oft(size)];
};

const shared: Hand = (size) => {
  const R = { ...blocksIn(size), distinct: 1 };
  return inputSide(size, R, neumann(R));
};

/** Two adapters: R_a·R_b is block-diagonal again. With G the blocks of xᵀ(gW), there are three products of blocks. */
const twoAdapters: Hand = (size) => {
  const R = blocksIn(size);
  const one = neumann(R);
  const small = (what: string) => step(what, 2 * R.r * b * b, R.r * b * b, 2 * R.r * b ** 3);
  return [
    ...inputSide(size, R, one),
    ...one.forward,
    ...one.backward,
    small('R_a·R_b'),
    small('gradient of R_a'),
    small('gradient of R_b'),
  ];
};

/**
 * y = z·R with z = x·Wᵀ: gz = g·Rᵀ serves dx, and dR is the blocks of zᵀ·g. Parameters are all of A, with Q = A − Aᵀ.
 */
const outputSide = (size: Size, rescale: boolean): Step[] => {
  const R = { r: size.n / b, b };
  const generator = cayley(R, b * b);
  const scale = rescale ? size.n : 0;
  const read = (s: Step): Step => ({ ...s, reads: s.reads + scale });
  return [
    ...generator.forward,
    frozenForward('x', size),
    read(blockProduct('z·R (⊙ s) = y', size.m, R)),
    read(blockProduct('(g ⊙ s)·Rᵀ', size.m, R)),
    frozenBackward('gz', size),
    blocksOf('G = blocks of zᵀ·g', size.m, R),
    ...generator.backward,
    // dR = G ⊙ s is folded into the generator's product. ds_j = Σ_i R_ij G_ij reads no tensor with a row for each
    // token.
    ...(rescale ? [step('ds from R and G', 2 * size.n * b, size.n, 2 * size.n * b)] : []),
  ];
};

/**
 * POET, on input and output side. The permutations are tensors of d and n integers; each use is a gather or a
 * scatter.
 */
const poet: Hand = (size) => {
  const { m, d, n } = size;
  const [I, O] = [blocksIn(size), { r: n / b, b }];
  const [input, output] = [neumann(I), neumann(O)];
  const permuted = (what: string, columns: number) => moved(what, m * columns, m * columns, columns);
  return [
    ...input.forward,
    ...output.forward,
    permuted('x̂ = x[p]', d),
    blockProduct('x̂·R', m, I),
    frozenForward('x̂R', size),
    blockProduct('z·R', m, O),
    permuted('(z·R)[p] = y', n),
    permuted('ĝ = g[p⁻¹]', n),
    blockProduct('ĝ·Rᵀ = gz', m, O),
    blocksOf('blocks of zᵀ·ĝ', m, O),
    frozenBackward('gz', size),
    blockProduct('gzW·Rᵀ', m, I),
    permuted('(gzW·Rᵀ)[p⁻¹] = dx', d),
    blocksOf('blocks of x̂ᵀ·gzW', m, I),
    ...input.backward,
    ...output.backward,
  ];
};

/**
 * OFT on a convolution: an image's m·d/9 elements unfold to m patches of d = in·9 columns. The rest is `inputSide`.
 */
const conv: Hand = (size) => {
  const { m, d } = size;
  const [patches, pixels] = [m * d, (m * d) / 9];
  return [
    moved('x̂ = unfold(x)', pixels, patches),
    ...inputSide(size, blocksIn(size), neumann(blocksIn(size))),
    step('fold(gW·Rᵀ) = dx', patches, pixels, patches),
  ];
};

/** OFT on an embedding E: y = E[ids]·R, and dR is the blocks of E[ids]ᵀ·g. The ids have no gradient. */
const embedding: Hand = (size) => {
  const { m, d } = size;
  const R = blocksIn(size);
  const generator = neumann(R);
  return [
    ...generator.forward,
    moved('ê = E[ids]', m * d, m * d, m),
    blockProduct('ê·R = y', m, R),
    blocksOf('blocks of êᵀ·g', m, R),
    ...generator.backward,
  ];
};

export const OFT: Readonly<Record<string, Hand>> = {
  oft,
  'oft exact': (size) => inputSide(size, blocksIn(size), cayley(blocksIn(size))),
  'oft shared': shared,
  'oft constrained': constrained,
  'oft of two adapters': twoAdapters,
  'scaled-oft': oft,
  'diag-oft': (size) => outputSide(size, false),
  'diag-oft rescaled': (size) => outputSide(size, true),
  poet,
  'oft-conv': conv,
  'oft-embedding': embedding,
};
