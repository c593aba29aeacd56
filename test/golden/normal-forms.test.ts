/** Exact normal forms: what rules make of an expression, and which expressions they leave as they are, and why. */
import { describe, expect, it } from 'vitest';
import { MAX_CHAIN } from '../../compiler/associate/chains.ts';
import { dimConst } from '../../compiler/dims/dims.ts';
import { apply, input } from '../../compiler/ir/build.ts';
import type { Node } from '../../compiler/ir/node.ts';
import { isOp } from '../../compiler/ops/nodes.ts';
import { allRules, defineRules, removeRule } from '../../compiler/rewrite/rule.ts';
import { applicable, builtIn, normalisation } from '../../compiler/rewrite/rules/index.ts';
import {
  A,
  always,
  B,
  blocks,
  C,
  type Case,
  c,
  cayley,
  chainOf,
  chainText,
  D,
  detach,
  diag,
  diagBlocks,
  div,
  half,
  I,
  identity,
  K,
  L,
  low,
  M,
  mul,
  outputsOf,
  plus,
  printed,
  Q,
  R,
  r,
  reshape,
  rewritten,
  rotation,
  S,
  s,
  s2,
  solve,
  T,
  t,
  tensor,
  times,
  v,
  X,
  x,
} from './forms.ts';

/** Blocks E and factors P, N of blocks of rank 1, so large that applying the factors is cheaper. */
const [E, P, L4] = [tensor('E', 2, 4, 4), tensor('P', 2, 4, 1), tensor('N', 2, 1, 4)];
const permutation = (inverse?: true): Node =>
  apply(
    'permutation',
    [input('p', 'frozen', { shape: [dimConst(6)], dtype: 'i32' })],
    inverse ? { inverse } : {},
  );

const few = (from: number, to: number) => chainOf(to).slice(from);
const N = times(C, D);
const long = times(...[0, 1, 2, 3].map((i) => tensor(`P${i}`, 6, 6)));
const shared = times(...Array.from({ length: 10 }, (_, i) => tensor(`S${i}`, 6, 6)));
const sharedText = Array.from({ length: 10 }, (_, i) => `S${i}`).join('·');

const PRODUCTS: readonly Case[] = [
  ['a product used once is opened', times(C, M), 'C·A·B'],
  ['one used twice is opened where tokens flow through the chain', [times(x, M), M], 'x·A·B; A·B'],
  ['and stays closed where none do: it would be computed twice', [times(C, M), M], 'C·(A·B); A·B'],
  [
    'one that tokens flow through stays closed: it is computed once for all its uses',
    [times(x, A), times(times(x, A), B), times(times(x, A), C)],
    'x·A; (x·A)·B; (x·A)·C',
  ],
  ['a power used twice stays closed', [times(x, times(A, A)), times(A, A)], 'x·(A·A); A·A'],
  [
    'one of what acts is opened',
    [times(x, times(permutation(), permutation())), times(permutation(), permutation())],
    'x·permutation(p)·permutation(p); permutation(p)·permutation(p)',
  ],
  ['a product of low rank is opened without tokens, too', [times(C, low), low], 'C·u·w; u·w'],
  [
    'and one over tokens: it may never be formed',
    [times(C, times(X, x, A)), times(X, x, A)],
    'C·X·x·A; X·x·A',
  ],
  ['a power used once is opened', times(x, times(A, A)), 'x·A·A'],
  [
    'a product that starts like a power is none',
    [times(x, times(A, A, B)), times(A, A, B)],
    'x·A·A·B; A·A·B',
  ],
  ['a transposed one is opened from behind', [times(x, t(M)), M], 'x·Bᵀ·Aᵀ; A·B'],
  ['a transposed one stays closed where no tokens flow', [times(C, t(M)), M], 'C·(A·B)ᵀ; A·B'],
  [
    'a chain is opened up to the longest that is associated',
    [times(x, M, ...chainOf(MAX_CHAIN - 3)), M],
    `x·A·B·${chainText(MAX_CHAIN - 3)}; A·B`,
  ],
  [
    'a longer one nearer to tokens before a shorter one farther away',
    [times(x, N, long, ...chainOf(4), M), M, N, long],
    'x·C·D·P0·P1·P2·P3·C0·C1·C2·C3·(A·B); A·B; C·D; P0·P1·P2·P3',
  ],
  [
    'one of its own does not count twice',
    [times(x, times(C, D), long, ...chainOf(4), M), M, long],
    'x·C·D·P0·P1·P2·P3·C0·C1·C2·C3·(A·B); A·B; P0·P1·P2·P3',
  ],
  [
    'of two that do not both fit the nearer to tokens is opened',
    [times(x, ...few(0, 4), N, ...few(4, 7), M, X), M, N],
    'x·C0·C1·C2·C3·(C·D)·C4·C5·C6·A·B·X; A·B; C·D',
  ],
  [
    'both where they fit',
    [times(x, ...few(0, 4), N, ...few(4, 6), M, X), M, N],
    'x·C0·C1·C2·C3·C·D·C4·C5·A·B·X; A·B; C·D',
  ],
  [
    'and past it keeps what is shared',
    [times(x, M, ...chainOf(MAX_CHAIN - 2)), M],
    `x·(A·B)·${chainText(MAX_CHAIN - 2)}; A·B`,
  ],
  [
    'though not what is its own',
    [times(x, times(C, D), M, ...chainOf(MAX_CHAIN - 2)), M],
    `x·C·D·(A·B)·${chainText(MAX_CHAIN - 2)}; A·B`,
  ],
  [
    'its own is opened before what is shared, though that is nearer to tokens',
    [times(x, shared, times(...chainOf(10))), shared],
    `x·(${sharedText})·${chainText(10)}; ${sharedText}`,
  ],
  [
    'its own over tokens past the longest that is associated',
    times(...chainOf(MAX_CHAIN - 1), times(X, x, A)),
    `${chainText(MAX_CHAIN - 1)}·X·x·A`,
  ],
  [
    'and then others of its own, too',
    times(times(A, B), ...chainOf(MAX_CHAIN - 1), times(X, x, A)),
    `A·B·${chainText(MAX_CHAIN - 1)}·X·x·A`,
  ],
  [
    'not where no tokens flow',
    times(...chainOf(MAX_CHAIN - 1), times(A, B)),
    `${chainText(MAX_CHAIN - 1)}·(A·B)`,
  ],
  ['a product of identities is one', times(I, I), 'I'],
  ['of a batch of them too', times(I, identity(2, 6)), 'I'],
  ['the transpose of a shared multiple is its multiple', [t(half(A)), half(A)], '1/2·Aᵀ; 1/2·A'],
  ['an identity that gives the product its batch stays', times(A, identity(2, 6)), 'A·I'],
];

const SCALING: readonly Case[] = [
  ['a column scales rows', times(mul(A, c), X), 'diag(reshape(c, shape: [6]))·A·X'],
  ['on either side of ⊙', times(mul(c, A), X), 'diag(reshape(c, shape: [6]))·A·X'],
  ['a row scales columns', times(mul(A, r), X), 'A·diag(reshape(r, shape: [6]))·X'],
  ['a vector scales columns', times(mul(v, A), X), 'A·diag(v)·X'],
  ['a scalar scales all', times(mul(A, s), X), '(A·X) ⊙ s'],
  ['a 1×1 matrix scales all', times(mul(s2, A), X), '(A·X) ⊙ reshape(s2, shape: [])'],
  ['a divisor scales by its inverse', times(div(A, c), X), 'diag(reshape(1 / c, shape: [6]))·A·X'],
  ['a dividend does not scale', times(div(c, A), X), '(c / A)·X'],
  ['nor does a row over a column, which has no matrix in it', times(div(r, c), X), '(r / c)·X'],
  ['transposed, factors turn round', times(x, t(mul(A, c))), 'x·Aᵀ·diag(reshape(c, shape: [6]))'],
  ['transposed, columns are rows', times(x, t(mul(A, r))), 'x·diag(reshape(r, shape: [6]))·Aᵀ'],
  ['without tokens there is no side to scale on', times(mul(A, c), B), '(A ⊙ c)·B'],
  ['scaled tokens are what they are', times(mul(x, r), A), '(x ⊙ r)·A'],
  ['two matrices scale neither', times(mul(A, B), X), '(A ⊙ B)·X'],
  ['only what is scaled is', times(plus(A, c), X), '(A + c)·X'],
  [
    'a batch of matrices has no one diagonal',
    times(mul(T, tensor('c3', 3, 1)), tensor('X3', 3, 'tokens')),
    'reshape(reshape(T ⊙ c3, shape: [6,3])·X3, shape: [2,3,tokens])',
  ],
  ['a column times a row is an outer product', mul(c, r), 'c·r'],
  ['a row times a column too', mul(r, c), 'c·r'],
  ['a vector is a row', mul(v, c), 'c·reshape(v, shape: [1,6])'],
  ['batches of columns and rows are outer products', mul(tensor('p', 2, 3, 1), tensor('q', 2, 1, 3)), 'p·q'],
  ['one batch alone has no other to meet', mul(tensor('p', 2, 3, 1), tensor('q', 1, 3)), 'p ⊙ q'],
  ['a column over tokens is no factor', mul(tensor('p', 'tokens', 1), r), 'p ⊙ r'],
  ['a row times a scalar is no outer product', mul(s2, r), 's2 ⊙ r'],
  ['nor a column times a scalar', mul(c, s2), 'c ⊙ s2'],
  ['nor a row times a matrix', mul(r, A), 'r ⊙ A'],
  ['nor a matrix times a row', mul(A, r), 'A ⊙ r'],
  ['nor a column times a matrix', mul(c, A), 'c ⊙ A'],
  ['nor a product of vectors', mul(v, tensor('w', 6)), 'v ⊙ w'],
];

const BLOCKS: readonly Case[] = [
  ['blocks of one size add up', plus(blocks(T), blocks(S)), 'diag(T + S)'],
  ['with multiples and the identity', plus(I, half(blocks(T)), blocks(S)), 'diag(I + 1/2·T + S)'],
  ['with a multiple of the identity', plus(half(I), blocks(T)), 'diag(1/2·I + T)'],
  ['multiples alone', plus(half(blocks(T)), half(blocks(S))), 'diag(1/2·T + 1/2·S)'],
  ['a multiple of a matrix stays beside them', plus(half(A), blocks(T), blocks(S)), 'diag(T + S) + 1/2·A'],
  ['blocks of two sizes do not', plus(blocks(T), blocks(K)), 'diag(T) + diag(K)'],
  ['those that do are found behind others', plus(blocks(T), blocks(K), blocks(L)), 'diag(K + L) + diag(T)'],
  ['a matrix stays beside them', plus(A, blocks(T), blocks(S)), 'diag(T + S) + A'],
  ['where terms broadcast, blocks are not alike', plus(blocks(T), blocks(S), v), 'diag(T) + diag(S) + v'],
  ['one block-diagonal has none to join', plus(blocks(T), A), 'diag(T) + A'],
  ['blocks of low rank stay apart', plus(blocks(E), blocks(times(P, L4))), 'diag(E) + diag(P·N)'],
  ['square blocks that meet multiply', times(blocks(T), blocks(S)), 'diag(T·S)'],
  ['all of a product', times(blocks(T), blocks(S), blocks(T)), 'diag(T·S·T)'],
  ['blocks that do not meet do not', times(blocks(T), blocks(K)), 'diag(T)·diag(K)'],
  ['beside a matrix the association decides', times(blocks(T), blocks(S), A), 'diag(T)·diag(S)·A'],
  ['and beside other blocks', times(blocks(T), blocks(S), blocks(K)), 'diag(T)·diag(S)·diag(K)'],
  ['only square ones meet', times(blocks(T), blocks(tensor('F', 2, 3, 2))), 'diag(T)·diag(F)'],
  [
    'no blocks of two sizes do not meet',
    times(blocks(tensor('F', 0, 2, 2)), blocks(tensor('G', 0, 3, 3))),
    'diag(F)·diag(G)',
  ],
  [
    'blocks that are not square stay apart: their product may be larger',
    times(blocks(tensor('F', 2, 3, 2)), blocks(tensor('G', 2, 2, 3))),
    'diag(F)·diag(G)',
  ],
  [
    'blocks of no size meet only as many',
    times(blocks(tensor('F', 2, 0, 0)), blocks(tensor('G', 3, 0, 0))),
    'diag(F)·diag(G)',
  ],
  ['a diagonal scales the rows of blocks', times(diag(v), blocks(T)), 'diag(T ⊙ reshape(v, shape: [2,3,1]))'],
  ['and their columns', times(blocks(T), diag(v)), 'diag(T ⊙ reshape(v, shape: [2,1,3]))'],
  ['in a chain with tokens', times(x, A, diag(v), blocks(T)), 'x·A·diag(T ⊙ reshape(v, shape: [2,3,1]))'],
  ['before other factors', times(x, diag(v), blocks(T), A), 'x·diag(T ⊙ reshape(v, shape: [2,3,1]))·A'],
  ['in a chain without, it is applied', times(A, diag(v), blocks(T)), 'A·diag(v)·diag(T)'],
  ['two diagonals have no blocks', times(diag(v), diag(tensor('w', 6))), 'diag(v)·diag(w)'],
  ['a scalar scales the blocks', mul(blocks(T), s), 'diag(T ⊙ s)'],
  ['from the left', mul(s2, blocks(T)), 'diag(T ⊙ reshape(s2, shape: []))'],
  ['a row does not', mul(blocks(T), r), 'diag(T) ⊙ r'],
  ['a scalar that adds an axis does not', mul(blocks(T), tensor('e', 1, 1, 1)), 'diag(T) ⊙ e'],
  ['a scaled identity is diagonal', mul(I, s), 'diag(expand(s, shape: [6]))'],
  ['a batch of them is not', mul(identity(2, 3), s), 'I ⊙ s'],
  ['the blocks of a block-diagonal', diagBlocks(blocks(T)), 'T'],
  ['blocks of another size are not its own', diagBlocks(blocks(K)), 'blocks(diag(K))'],
  ['blocks of a sum', diagBlocks(plus(A, half(B))), 'blocks(A) + 1/2·blocks(B)'],
  ['a summand that broadcasts has no blocks', diagBlocks(plus(A, v)), 'blocks(A + v)'],
  ['a function of blocks', cayley(half(blocks(T))), 'diag(cayley(1/2·T))'],
  ['and not of a multiple of another matrix', cayley(half(A)), 'cayley(1/2·A)'],
];

const acting = permutation();
const turned = apply('skew', [tensor('a', 15)]);
const both = (a: Node) => [t(a), a];

const SHARED_TRANSPOSES: readonly Case[] = [
  ['a view, where it would be computed twice', both(cayley(A)), 'cayley(A)ᵀ; cayley(A)'],
  ['what does the same backwards', both(acting), 'permutation(p, inverse: true); permutation(p)'],
  ['the matrix, where it is symmetric', both(I), 'I; I'],
  ['its negative, where it is skew-symmetric', both(turned), '−skew(a); skew(a)'],
];

const DETACHED: readonly Case[] = [
  ['blocks', detach(blocks(T)), 'diag(detach(T))'],
  ['a multiple', detach(half(A)), '1/2·detach(A)'],
  ['a transpose', detach(t(A)), 'detach(A)ᵀ'],
  ['a diagonal', detach(diag(v)), 'diag(detach(v))'],
  [
    'indices have no gradient to detach',
    detach(apply('permutation', [input('p', 'frozen', { shape: [dimConst(6)], dtype: 'i32' })])),
    'permutation(p)',
  ],
  ['a sum is no structure', detach(plus(A, B)), 'detach(A + B)'],
  ['nor is a tensor', detach(A), 'detach(A)'],
];

const H = apply('hadamard', [], { size: dimConst(8) });
const [A8, B8] = [tensor('A', 8, 8), tensor('B', 8, 8)];
const [R3, A3] = [rotation('c', 2, 3), tensor('A', 3, 3)];

const INVERSES: readonly Case[] = [
  ['a rotation and back', times(A, R, t(R), B), 'A·B'],
  ['back and forth', times(A, t(R), R, B), 'A·B'],
  ['alone they are the identity', times(R, t(R)), 'I'],
  ['a permutation and back', times(A, permutation(), permutation(true), B), 'A·B'],
  ['back and forth', times(A, permutation(true), permutation(), B), 'A·B'],
  ['Hadamard matrices that meet are their order', times(A8, H, H, B8), '(A·B) ⊙ 8'],
  ['other matrices beside one do not', times(A8, A8, H), 'A·A·hadamard(size: 8)'],
  ['two rotations are not one', times(R, t(Q)), 'cayley(skew(a))·cayley(skew(b))ᵀ'],
  ['nor is one twice', times(R, R), 'cayley(skew(a))·cayley(skew(a))'],
  ['nor is a matrix and its transpose', times(A, t(A)), 'A·Aᵀ'],
  [
    'a pair that gives the product its batch stays',
    times(R3, t(R3), A3),
    'cayley(skew(c))·cayley(skew(c))ᵀ·A',
  ],
  ['the inverse of a rotation', solve(R, B), 'cayley(skew(a))ᵀ·B'],
  ['of blocks', solve(blocks(T), I), 'diag(solve(T, I))'],
  ['of a diagonal', solve(diag(v), B), 'B / reshape(v, shape: [6,1])'],
  ['of a product with blocks', solve(times(A, blocks(T)), B), 'diag(solve(T, I))·solve(A, B)'],
  ['of a product with a rotation', solve(times(A, R), B), 'cayley(skew(a))ᵀ·solve(A, B)'],
  ['not of two matrices: one elimination is less than two', solve(M, C), 'solve(A·B, C)'],
  ['computed or not', solve(times(cayley(A), B), C), 'solve(cayley(A)·B, C)'],
  [
    'nor of factors that have none',
    solve(times(blocks(tensor('F', 2, 3, 4)), tensor('G', 8, 6)), C),
    'solve(diag(F)·G, C)',
  ],
  [
    'nor where only one has',
    solve(times(R, tensor('U', 6, 2), tensor('V', 2, 6)), C),
    'solve(cayley(skew(a))·U·V, C)',
  ],
];

const BATCHES: readonly Case[] = [
  [
    'a batch of matrices is rows below each other',
    times(tensor('Y', 2, 3, 6), A),
    'reshape(reshape(Y, shape: [6,6])·A, shape: [2,3,6])',
  ],
  [
    'tokens first',
    times(tensor('Y', 2, 'tokens', 6), A, B),
    'permuteAxes(reshape(reshape(permuteAxes(Y, order: [1,0,2]), shape: [2*tokens,6])·A·B, shape: [tokens,2,6]), order: [1,0,2])',
  ],
  [
    'nor need those move that come first',
    times(tensor('Y', 'tokens', 3, 'tokens'), x),
    'reshape(reshape(Y, shape: [3*tokens,tokens])·x, shape: [tokens,3,6])',
  ],
  ['not where they are what is summed', times(tensor('Y', 2, 6, 'tokens'), x), 'Y·x'],
  ['not beside another batch', times(T, S, A3), 'T·S·A'],
  ['nor of two axes of tokens', times(tensor('Y', 'tokens', 'tokens', 6), A), 'Y·A'],
  ['a matrix is rows already', times(A, B), 'A·B'],
  ['one reshape for two', reshape(reshape(A, 36), 4, 9), 'reshape(A, shape: [4,9])'],
];

describe.each([
  ['inverses', INVERSES],
  ['batches', BATCHES],
  ['products', PRODUCTS],
  ['scaling', SCALING],
  ['blocks', BLOCKS],
  ['detached', DETACHED],
  ['transposes of what is needed elsewhere too:', SHARED_TRANSPOSES],
] as const)('normalised %s', (_, cases) => {
  it.each(cases)('%s', (_law, before, after) => {
    expect(printed(always(normalisation), ...outputsOf(before))).toBe(after);
  });
});

it('a sum used twice stays whole in other sums', () => {
  const shared = plus(A, B);
  const [whole, flat] = [
    rewritten(normalisation, plus(shared, C), shared),
    rewritten(normalisation, plus(plus(A, B), C)),
  ];
  const terms = (n: Node) => (isOp(n, 'add') ? n.args.length : 0);
  expect(whole.map(terms)).toEqual([2, 2]);
  expect(flat.map(terms)).toEqual([3]);
});

it('rules of later phases do not normalise, and rules that change the function are asked for', () => {
  expect(builtIn).toEqual(allRules());
  expect(normalisation.map((rule) => rule.name)).toContain('matmul-flatten');
  expect(normalisation.map((rule) => rule.name)).not.toContain('distribute-sum');
  expect(normalisation.map((rule) => rule.name)).not.toContain('cayley-low-rank');
  const [rule] = defineRules({ ...builtIn[0]!, name: 'roughly', numerics: 'approximates' });
  try {
    expect(applicable()).toEqual(builtIn);
    expect(applicable(['approximates'])).toEqual([...builtIn, rule]);
  } finally {
    removeRule('roughly');
  }
});
