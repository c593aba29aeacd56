/** The unusual programs with sizes, and the operations that each needs, counted by hand from its formula. */
import { fileURLToPath } from 'node:url';
import type { Program } from '../../../../compiler/ir/node.ts';
import { loadProgram, newFrontEnd } from '../../../../src/language/load.ts';

/** The token count of all costs. */
export const TOKENS = 512;
const m = TOKENS;

/** The operations of the forward pass, and of training: the forward pass and every gradient. */
export interface Needed {
  readonly forward: number;
  readonly training: number;
}

const plus = (...parts: readonly Needed[]): Needed => ({
  forward: parts.reduce((s, p) => s + p.forward, 0),
  training: parts.reduce((s, p) => s + p.training, 0),
});

/** The operations of x·Wᵀ with a frozen W: one product forward, and one for the gradient of x. */
const weight = (d: number, n: number, rows = m): Needed => ({
  forward: 2 * rows * d * n,
  training: 4 * rows * d * n,
});
/**
 * The operations of x·diag(R₁, …, Rᵣ), of its transpose on the cotangent and of the blocks of xᵀ·g. Making R from r
 * b×b generators takes at most 8 products of blocks forward, and 16 with the gradient.
 */
const blocks = (d: number, b: number, rows = m): Needed => ({
  forward: 2 * rows * d * b + 16 * d * b * b,
  training: 6 * rows * d * b + 32 * d * b * b,
});
/**
 * The operations of x·(I + U·S·Vᵀ) of rank k: two products of rank k on x, two on the cotangent and two for each
 * factor. Gram matrices and solves of k×k and their gradients come on top.
 */
const lowRank = (d: number, k: number): Needed => ({
  forward: 4 * m * d * k + 8 * d * k * k,
  training: 16 * m * d * k + 64 * d * k * k,
});
/** The operations of x·M for a trainable M that is formed. */
const dense = (d: number): Needed => ({ forward: 2 * m * d * d, training: 6 * m * d * d });
/** The operations of element-wise work on `count` elements of x, of y or of a weight. */
const elements = (count: number): Needed => ({ forward: count, training: 3 * count });

export interface Strange {
  readonly file: string;
  readonly layer: string;
  readonly dims: Readonly<Record<string, number>>;
  readonly needed: Needed;
}

const D = 1024;
const N = 1024;
const square = { in: D, out: N, b: 32 };
const oneRotation = plus(weight(D, N), blocks(D, 32));

const strange = (
  file: string,
  layer: string,
  dims: Readonly<Record<string, number>>,
  ...needed: readonly Needed[]
): Strange => ({ file, layer, dims, needed: plus(...needed) });

export const PROGRAMS: readonly Strange[] = [
  strange('boft-after-hra', 'boftAfterHra', { ...square, k: 8 }, oneRotation, blocks(D, 32), lowRank(D, 8)),
  strange('oft-of-lora', 'oftOfLora', { ...square, k: 8 }, oneRotation, lowRank(D, 8), elements(8 * m * N)),
  strange('dora-of-rotation', 'doraOfRotation', square, oneRotation, {
    // The norms of the rows of W·Rᵀ, which are detached, and the scaling by them.
    forward: 2 * D * N * 32 + 4 * D * N,
    training: 2 * D * N * 32 + 4 * D * N + 8 * m * N,
  }),
  strange('both-sides', 'bothSides', square, oneRotation, blocks(N, 32), elements(m * N)),
  strange('both-sides', 'conjugated', { d: D, b: 32 }, oneRotation, blocks(D, 32)),
  strange('averaged', 'averaged', { ...square, c: 16 }, oneRotation, blocks(D, 16), elements(2 * m * D)),
  strange('averaged', 'blended', square, oneRotation, elements(8 * m * D)),
  strange('polynomial-of-blocks', 'polynomialOfBlocks', square, oneRotation),
  strange('polynomial-of-blocks', 'expmOfBlocks', square, oneRotation, blocks(D, 32, 0)),
  strange('polynomial-of-blocks', 'powersWritten', square, oneRotation),
  strange('kronecker-permuted', 'kroneckerPermuted', { in: D, out: N, a: 32 }, oneRotation, elements(m * D)),
  strange(
    'kronecker-permuted',
    'kronecker3',
    { out: N, a: 8, b: 8, c: 16 },
    weight(D, N),
    blocks(D, 8),
    blocks(D, 8),
    blocks(D, 16),
  ),
  strange(
    'reflection-between',
    'reflectionBetween',
    { ...square, c: 16, k: 8 },
    oneRotation,
    blocks(D, 16),
    lowRank(D, 8),
  ),
  strange(
    'reflection-between',
    'shuffledReflection',
    { ...square, k: 8 },
    weight(D, N),
    lowRank(D, 8),
    lowRank(D, 8),
    elements(4 * m * D),
  ),
  strange('low-rank-generators', 'lowRankExpm', { in: D, out: N, k: 8 }, weight(D, N), lowRank(D, 16)),
  strange('low-rank-generators', 'lowRankCayley', { in: D, out: N, k: 8 }, weight(D, N), lowRank(D, 16)),
  strange(
    'different-butterflies',
    'differentButterflies',
    { ...square, e: 16 },
    oneRotation,
    blocks(D, 16),
    elements(4 * m * D),
  ),
  strange('three-deep', 'threeDeep', square, oneRotation, blocks(D, 32), elements(2 * m * D)),
  strange('ranks', 'rank1', square, weight(D, N, 1), blocks(D, 32, 1)),
  strange('ranks', 'rank2', square, oneRotation),
  strange('ranks', 'rank3', { ...square, heads: 2 }, weight(D, N, 2 * m), blocks(D, 32, 2 * m)),
  strange('ranks', 'rank4', { ...square, heads: 2, frames: 2 }, weight(D, N, 4 * m), blocks(D, 32, 4 * m)),
  strange('ranks', 'batchFirst', square, weight(D, N, 3 * m), blocks(D, 32, 3 * m)),
  strange('shared-outputs', 'queryKey', square, oneRotation, weight(D, N), elements(m * D)),
  strange(
    'shared-outputs',
    'sideBySide',
    { ...square, wide: 2048, k: 8 },
    oneRotation,
    weight(D, 2048),
    lowRank(D, 8),
    elements(2 * m * 3072),
  ),
  strange('nested', 'twiceTurned', { in: D, out: N, c: 32, e: 16 }, oneRotation, blocks(D, 16)),
  strange('nested', 'turnedAround', { in: D, out: N, c: 32, e: 16 }, oneRotation, blocks(N, 16)),
  strange('road-like', 'roadLike', { in: D, out: N }, weight(D, N), elements(16 * m * (D + N))),
  strange('gated', 'gatedLora', { in: D, out: N, k: 8 }, weight(D, N), lowRank(D, 8), elements(4 * m * N)),
  strange(
    'gated',
    'gatedKronecker',
    { a: 32, b: 32, p: 32, q: 32 },
    weight(D, N),
    blocks(D, 32),
    blocks(D, 32),
    elements(4 * m * N),
  ),
  strange('gathered', 'gathered', { ...square, n: 4, vocabulary: 2000 }, oneRotation, elements(D * N)),
  strange('normed', 'normed', square, oneRotation, elements(16 * m * (D + N))),
  strange('inverses', 'rebased', { in: D, out: N, k: 8 }, weight(D, N), lowRank(D, 8)),
  strange('inverses', 'solvedBlocks', square, oneRotation),
  strange('inverses', 'cayleyOfBlocks', square, oneRotation),
  strange('repeated', 'cubed', square, oneRotation),
  strange('repeated', 'undone', square, weight(D, N)),
  strange('repeated', 'halfHeld', square, oneRotation, blocks(D, 32), elements(8 * m * N)),
  strange('repeated', 'normKept', { in: D, b: 32 }, blocks(D, 32), elements(8 * m * D)),
  strange(
    'three-reflections',
    'threeReflections',
    { ...square, k: 4 },
    weight(D, N),
    ...[1, 2, 3].flatMap(() => [blocks(D, 32), lowRank(D, 4)]),
  ),
  strange('scattered', 'putBack', { in: D, out: N, k: 16 }, weight(D, N), lowRank(D, 16)),
  // A matrix with entries put anywhere has no structure, so it is formed and multiplied as a dense one.
  strange('scattered', 'putAsMatrix', { in: D, out: N, k: 16 }, weight(D, N), dense(D)),
  strange('scaled', 'scaledThrice', square, oneRotation, elements(8 * m * (D + N))),
  strange('scaled', 'stretched', square, oneRotation, blocks(D, 32), elements(8 * m * D)),
];

const fileOf = ({ file }: Strange): string =>
  fileURLToPath(new URL(`./programs/${file}.ts`, import.meta.url));

/** One front end for all files, so that shared files are type-checked once. */
const frontEnd = newFrontEnd();
const programs = new Map<Strange, Program>();

/** The Program of a layer, which the front end lowers from its file. */
export function programOf(strange: Strange): Program {
  const program =
    programs.get(strange) ??
    loadProgram(fileOf(strange), { layer: strange.layer, config: {} }, frontEnd).program;
  programs.set(strange, program);
  return program;
}
