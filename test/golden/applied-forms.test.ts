/**
 * Exact results of the rules of all phases: which factors act, distribute, or are computed through their small side.
 */
import { expect, it } from 'vitest';
import { dimConst } from '../../compiler/dims/dims.ts';
import { apply } from '../../compiler/ir/build.ts';
import type { Node } from '../../compiler/ir/node.ts';
import { scaled } from '../../compiler/ops/nodes.ts';
import { polynomial } from '../../compiler/ops/polynomial.ts';
import { rewrite } from '../../compiler/rewrite/engine.ts';
import { allRules } from '../../compiler/rewrite/rule.ts';
import { programOf } from '../support/evaluate.ts';
import {
  A,
  always,
  B,
  blocks,
  C,
  type Case,
  c,
  cayley,
  diag,
  half,
  I,
  identity,
  inner,
  low,
  mul,
  outputsOf,
  plus,
  printed,
  Q,
  R,
  r,
  S,
  solve,
  T,
  tensor,
  times,
  v,
  X,
  x,
} from './forms.ts';

const [E, P, N] = [tensor('E', 2, 4, 4), tensor('P', 2, 4, 1), tensor('N', 2, 1, 4)];

const big = (n: string) => times(tensor(`u${n}`, 8, 1), tensor(`w${n}`, 1, 8));
const batchLow = times(tensor('u', 2, 8, 1), tensor('w', 2, 1, 8));
const F = tensor('F', 8, 8);

/** A 16 × 16 matrix of rank 4, of two block-diagonal factors. */
const rankFour = (n: string) => times(blocks(tensor(`P${n}`, 4, 4, 1)), blocks(tensor(`N${n}`, 4, 1, 4)));

const APPLIED: readonly Case[] = [
  ['a diagonal scales what comes in from the left', times(x, A, diag(v), B), '((x·A) ⊙ v)·B'],
  ['and from the left where tokens come from both sides', times(x, diag(v), X), '(x ⊙ v)·X'],
  ['a row comes in like tokens', times(r, A, diag(v), B), '((r·A) ⊙ v)·B'],
  ['and a column', times(A, diag(v), B, c), 'A·(reshape(v, shape: [6,1]) ⊙ (B·c))'],
  ['of both, the row', times(r, diag(v), c), '(r ⊙ v)·c'],
  ['tokens come before vectors', times(r, diag(v), X), 'r·(reshape(v, shape: [6,1]) ⊙ X)'],
  [
    'what carries the tokens itself acts on what is before it',
    times(A, apply('kronecker', [tensor('K2', 2, 2), tensor('S3', 3, 'tokens')])),
    'reshape(permuteAxes(permuteAxes(reshape(reshape(permuteAxes(permuteAxes(reshape(reshape(A, shape: [12,3])·S3, shape: [6,2,tokens]), order: [0,2,1]), order: [1,0,2]), shape: [6*tokens,2])·K2, shape: [tokens,6,2]), order: [1,0,2]), order: [0,2,1]), shape: [6,2*tokens])',
  ],
  ['or from the right', times(A, diag(v), B, X), 'A·(reshape(v, shape: [6,1]) ⊙ (B·X))'],
  ['without tokens the left', times(A, diag(v), B), '(A ⊙ v)·B'],
  ['unless there is none', times(diag(v), A, B), 'reshape(v, shape: [6,1]) ⊙ (A·B)'],
  ['a diagonal at the end', times(A, X, diag(tensor('g', 'tokens'))), '(A·X) ⊙ g'],
  ['a sum with low rank is applied term by term', times(plus(A, low), X), 'A·X + u·w·X'],
  ['on the side of the tokens', times(x, plus(A, half(low)), B), '(x·A + 1/2·x·u·w)·B'],
  ['what is dense stays together', times(plus(A, low, B), X), '(A + B)·X + u·w·X'],
  ['the identity is free', times(plus(I, low), X), 'X + u·w·X'],
  ['and several of them', times(plus(I, identity(6)), X), 'X + X'],
  ['and so are its multiples alone', times(plus(I, half(I)), X), '3/2·X'],
  ['beside low rank and a dense term', times(plus(I, A, low), X), 'A·X + X + u·w·X'],
  ['beside a dense term alone it is one more diagonal', times(plus(I, A), X), '(I + A)·X'],
  ['nor is a multiple of it worth a pass over the tokens', times(plus(half(I), A), X), '(1/2·I + A)·X'],
  ['dense terms are one matrix', times(plus(A, B), X), '(A + B)·X'],
  ['without tokens low rank is formed through its small side', times(plus(A, low), B), 'A·B + u·w·B'],
  [
    'a sum over tokens is no matrix to apply',
    times(plus(x, times(tensor('p', 'tokens', 1), r)), A),
    '(x + p·r)·A',
  ],
  ['beside a vector neither', times(plus(x, times(tensor('p', 'tokens', 1), r)), A, c), '(x + p·r)·A·c'],
  [
    'terms that all have low rank are formed one by one',
    times(plus(low, times(tensor('p', 6, 1), tensor('q', 1, 6))), B),
    'u·w·B + p·q·B',
  ],
  [
    'a Kronecker product with a diagonal is blocks of what is dense',
    apply('kronecker', [diag(tensor('d', 2)), A]),
    'diag(expand(A, shape: [2,6,6]) ⊙ reshape(d, shape: [2,1,1]))',
  ],
  ['and not of low rank', apply('kronecker', [diag(tensor('d', 2)), big('1')]), 'kronecker(diag(d), u1·w1)'],
  ['blocks of low rank apply as their factors', blocks(times(P, N)), 'diag(P)·diag(N)'],
  ['beside others as well', blocks(plus(E, times(P, N))), 'diag(E) + diag(P)·diag(N)'],
  ['others alone are one', blocks(plus(E, tensor('H', 2, 4, 4))), 'diag(E + H)'],
  ['a factor that all blocks share is no block-diagonal', blocks(times(tensor('n', 4, 1), N)), 'diag(n·N)'],
  [
    'through the small side of several',
    cayley(plus(big('1'), half(big('2')))),
    'I + 2·concat(u1, u2, axis: 1)·solve(I − concat(w1, 1/2·w2, axis: 0)·concat(u1, u2, axis: 1), concat(w1, 1/2·w2, axis: 0))',
  ],
  [
    'of too many it is not small',
    cayley(plus(big('1'), big('2'), big('3'))),
    'cayley(u1·w1 + u2·w2 + u3·w3)',
  ],
  ['nor beside a dense term', cayley(plus(F, big('1'))), 'cayley(F + u1·w1)'],
  ['nor for a batch', cayley(batchLow), 'cayley(u·w)'],
  ['nor beside the identity', cayley(plus(identity(8), big('1'))), 'cayley(I + u1·w1)'],
  ['nor beside a diagonal', cayley(plus(diag(tensor('d', 8)), big('1'))), 'cayley(diag(d) + u1·w1)'],
  ['the inverse of I + U·V', solve(plus(identity(8), big('1')), identity(8)), 'I − u1·solve(I + w1·u1, w1)'],
  [
    'not where I is 0 times itself',
    solve(plus(scaled(0, identity(8)), big('1')), F),
    'solve(0·I + u1·w1, F)',
  ],
  ['not of two identities', solve(plus(identity(8), big('1'), identity(8)), F), 'solve(I + u1·w1 + I, F)'],

  [
    'a polynomial of U·V alone has no multiple of I inside',
    polynomial(big('1'), [1, 2, 3]),
    'I + u1·(2·I + 3·w1·u1)·w1',
  ],
  [
    'small blocks that are cheap together have low rank, though stacked they are not cheap',
    cayley(plus(rankFour('1'), rankFour('2'))),
    'I + 2·concat(diag(P1), diag(P2), axis: 1)·solve(I − concat(diag(N1), diag(N2), axis: 0)·concat(diag(P1), diag(P2), axis: 1), concat(diag(N1), diag(N2), axis: 0))',
  ],
  ['nor of none', solve(plus(big('1'), F), F), 'solve(u1·w1 + F, F)'],
];

const INNER: readonly Case[] = [
  ['rows with low rank', inner(A, half(low), 1), '1/2·sum((A·wᵀ) ⊙ u, axes: [1])'],
  ['low rank with rows', inner(low, A, 1), 'sum((A·wᵀ) ⊙ u, axes: [1])'],
  ['columns', inner(A, low, 0), 'sum((uᵀ·A) ⊙ w, axes: [0])'],
  ['all of a matrix, through rows', inner(A, low, 0, 1), 'sum(sum((A·wᵀ) ⊙ u, axes: [1]), axes: [0])'],
  ['in any order of axes', inner(A, low, 1, 0), 'sum(sum((A·wᵀ) ⊙ u, axes: [1]), axes: [0])'],
  ['term by term', inner(plus(A, low), B, 1), 'sum(A ⊙ B, axes: [1]) + sum((B·wᵀ) ⊙ u, axes: [1])'],
  ['of the second', inner(B, plus(A, low), 0), 'sum(B ⊙ A, axes: [0]) + sum((uᵀ·B) ⊙ w, axes: [0])'],
  ['not where all terms are dense', inner(plus(A, B), C, 1), 'sum((A + B) ⊙ C, axes: [1])'],
  ['over no axis nothing is multiplied', inner(A, low), 'sum(A ⊙ (u·w), axes: [])'],
  ['a vector has no rows of its own', inner(v, low, 1), 'sum(v ⊙ (u·w), axes: [1])'],
  ['from the right neither', inner(low, v, 1), 'sum((u·w) ⊙ v, axes: [1])'],
  ['nor has a row columns', inner(r, low, 0), 'sum(r ⊙ (u·w), axes: [0])'],
  ['nor a column rows', inner(low, c, 1), 'sum((u·w) ⊙ c, axes: [1])'],
  ['of a row and a matrix not even all', inner(low, r, 0, 1), 'sum((u·w) ⊙ r, axes: [0,1])'],
  ['batches are left', inner(tensor('Y', 2, 8, 8), batchLow, 2), 'sum(Y ⊙ (u·w), axes: [2])'],
  ['tokens are left', inner(x, times(tensor('p', 'tokens', 1), r), 1), 'sum(x ⊙ (p·r), axes: [1])'],
  ['a rotation of both', inner(times(A, R), times(B, R), 1), 'sum(A ⊙ B, axes: [1])'],
  ['of tokens as well', inner(times(x, R), times(x, R), 1), 'sum(x ⊙ x, axes: [1])'],
  ['of columns', inner(times(R, A), times(R, B, C), 0), 'sum(A ⊙ (B·C), axes: [0])'],
  [
    'of the other side it is none',
    inner(times(R, A), times(R, B), 1),
    'sum((cayley(skew(a))·A) ⊙ (cayley(skew(a))·B), axes: [1])',
  ],
  [
    'nor are two rotations',
    inner(times(A, R), times(B, Q), 1),
    'sum((A·cayley(skew(a))) ⊙ (B·cayley(skew(b))), axes: [1])',
  ],
  ['nor is another matrix', inner(times(A, C), times(B, C), 1), 'sum((A·C) ⊙ (B·C), axes: [1])'],
];

const stack: readonly Case[] = [
  [
    'two products of low rank are one',
    plus(big('1'), big('2')),
    'concat(u1, u2, axis: 1)·concat(w1, w2, axis: 0)',
  ],
  [
    'and their dense term',
    plus(big('1'), F, half(big('2'))),
    'F + concat(u1, u2, axis: 1)·concat(w1, 1/2·w2, axis: 0)',
  ],
  [
    'batches of them',
    plus(batchLow, times(tensor('p', 2, 8, 1), tensor('q', 2, 1, 8))),
    'concat(u, p, axis: 2)·concat(w, q, axis: 1)',
  ],
  [
    'not where one factor serves the whole batch',
    plus(batchLow, times(tensor('p', 8, 1), tensor('q', 2, 1, 8))),
    'u·w + p·q',
  ],
  [
    'not sums over tokens',
    plus(times(tensor('p', 'tokens', 1), r), times(tensor('q', 'tokens', 1), tensor('r2', 1, 6))),
    'p·r + q·r2',
  ],
  ['nor beside products over tokens', plus(low, times(X, x, C)), 'u·w + X·x·C'],
  [
    'though these have low rank',
    plus(big('1'), times(tensor('p', 8, 'tokens'), tensor('q', 'tokens', 1), tensor('r8', 1, 8))),
    'u1·w1 + p·q·r8',
  ],
  [
    'nor two of them',
    plus(times(X, x), times(tensor('Z', 6, 'tokens'), tensor('z', 'tokens', 6))),
    'X·x + Z·z',
  ],
  ['nor one alone', plus(F, big('1')), 'F + u1·w1'],
  [
    'nor those that together are not low',
    plus(big('1'), big('2'), big('3'), big('4')),
    'u1·w1 + u2·w2 + u3·w3 + u4·w4',
  ],
];
const skew = (n: Node): Node => apply('skew', [n]);
const pack = (n: Node): Node => apply('packSkew', [n]);
const [G, other] = [skew(tensor('g', 15)), skew(tensor('h', 15))];
const Gs = skew(tensor('g', 2, 3));
const expand = (a: Node, ...shape: readonly number[]): Node =>
  apply('expand', [a], { shape: shape.map(dimConst) });
const gradients: readonly Case[] = [
  ['both sides of a skew matrix', pack(plus(times(A, G), times(G, B))), 'packSkew((A + Bᵀ)·skew(g))'],
  ['with multiples', pack(plus(half(times(A, G)), times(G, B))), 'packSkew((1/2·A + Bᵀ)·skew(g))'],
  ['what is left stays', pack(plus(C, times(A, G), times(G, B))), 'packSkew((A + Bᵀ)·skew(g) + C)'],
  [
    'one after the other',
    pack(plus(times(T, Gs), times(Gs, T), times(Gs, S))),
    'packSkew((T + Tᵀ + Sᵀ)·skew(g))',
  ],
  [
    'one product between two of them is not both',
    pack(plus(times(G, A, G), B)),
    'packSkew(skew(g)·A·skew(g) + B)',
  ],
  ['the matrix alone is none', pack(plus(times(T, Gs), Gs)), 'packSkew(T·skew(g) + skew(g))'],
  ['nor is it on the other side', pack(plus(Gs, times(Gs, T))), 'packSkew(skew(g) + skew(g)·T)'],
  [
    'nor terms that broadcast',
    pack(plus(times(A, G), times(G, B), v)),
    'packSkew(A·skew(g) + skew(g)·B + v)',
  ],
  ['two skew matrices do not', pack(plus(times(A, G), times(other, B))), 'packSkew(A·skew(g) + skew(h)·B)'],
  ['nor does another matrix', pack(plus(times(A, C), times(C, B))), 'packSkew(A·C + C·B)'],
  ['a generator for all blocks', skew(expand(tensor('a', 1, 3), 2, 3)), 'expand(skew(a), shape: [2,3,3])'],
  ['for one as for all', skew(expand(tensor('a', 3), 2, 3)), 'expand(skew(a), shape: [2,3,3])'],
  ['not one that repeats within', skew(expand(tensor('a', 2, 1), 2, 3)), 'skew(expand(a, shape: [2,3]))'],
  [
    'a polynomial for all blocks',
    polynomial(expand(tensor('a', 1, 3, 3), 2, 3, 3), [1, 1]),
    'expand(I + a, shape: [2,3,3])',
  ],
  [
    'not of rows that repeat',
    polynomial(expand(tensor('a', 1, 3), 3, 3), [1, 1]),
    'I + expand(a, shape: [3,3])',
  ],
  ['nor of a vector', polynomial(expand(tensor('a', 3), 3, 3), [1, 1]), 'I + expand(a, shape: [3,3])'],
];
it.each(stack)('stacked: %s', (_, before, after) => {
  expect(printed(always(allRules()), ...outputsOf(before))).toBe(after);
});
it.each(gradients)('gradients: %s', (_, before, after) => {
  expect(printed(always(allRules()), ...outputsOf(before))).toBe(after);
});

/** The expression `a` to the power 2ⁿ, by n squarings. */
const squared = (a: Node, n: number): Node => (n === 0 ? a : squared(times(a, a), n - 1));
const squaredText = (a: string, n: number): string => {
  const root = n === 1 ? a : `(${squaredText(a, n - 1)})`;
  return `${root}·${root}`;
};

const few: readonly Case[] = [
  ['a product of blocks', times(x, blocks(times(T, S))), 'x·diag(T)·diag(S)'],
  ['on columns', times(blocks(times(T, S)), X), 'diag(T)·diag(S)·X'],
  ['before other factors', times(x, A, blocks(times(T, S)), B), 'x·A·diag(T)·diag(S)·B'],
  ['its multiple', times(x, blocks(half(times(T, S)))), '1/2·x·diag(T)·diag(S)'],
  ['a sum', times(x, blocks(plus(T, half(S)))), 'x·diag(T) + 1/2·x·diag(S)'],
  ['a sum on columns', times(blocks(plus(T, half(S))), X), 'diag(T)·X + 1/2·diag(S)·X'],
  ['a polynomial', times(x, blocks(polynomial(T, [1, 2, 3]))), 'x + 2·x·diag(T) + 3·(x·diag(T))·diag(T)'],
  [
    'what is computed is one factor, whatever it is computed from',
    times(x, blocks(squared(mul(T, S), 2))),
    'x·diag(T ⊙ S)·diag(T ⊙ S)·diag(T ⊙ S)·diag(T ⊙ S)',
  ],
  ['and counts as one', times(x, blocks(squared(cayley(T), 4))), `x·diag(${squaredText('cayley(T)', 4)})`],
  ['not without tokens', times(A, blocks(times(T, S))), 'A·diag(T·S)'],
  ['not a factor that all blocks share', times(x, blocks(times(tensor('n', 3, 3), T))), 'x·diag(n·T)'],
  [
    'three squarings',
    times(x, blocks(squared(T, 3))),
    'x·diag(T)·diag(T)·diag(T)·diag(T)·diag(T)·diag(T)·diag(T)·diag(T)',
  ],
  [
    'and not one product more',
    times(x, blocks(plus(T, squared(T, 3)))),
    'x·diag(T + ((T·T)·(T·T))·((T·T)·(T·T)))',
  ],
  [
    'not more: that takes less to form',
    times(x, blocks(squared(T, 4))),
    'x·diag((((T·T)·(T·T))·((T·T)·(T·T)))·(((T·T)·(T·T))·((T·T)·(T·T))))',
  ],
  [
    'nor a sum of such',
    times(x, blocks(plus(identity(2, 3), T, squared(T, 2), squared(T, 3)))),
    'x·diag(I + T + (T·T)·(T·T) + ((T·T)·(T·T))·((T·T)·(T·T)))',
  ],
  [
    'where the identity counts for nothing',
    times(x, blocks(plus(identity(2, 3), squared(T, 1), squared(T, 2)))),
    '(x + x·diag(T)·diag(T))·diag(T)·diag(T) + x',
  ],
  ['blocks alone stay', times(x, blocks(T)), 'x·diag(T)'],
  ['two block-diagonals stay two', times(x, blocks(T), blocks(S)), 'x·diag(T)·diag(S)'],
];
const many: readonly Case[] = [
  ['blocks that meet are one', times(x, blocks(T), blocks(S)), 'x·diag(T·S)'],
  ['before other factors', times(x, A, blocks(T), blocks(S), B), 'x·A·diag(T·S)·B'],
  ['not without tokens', times(A, blocks(T), blocks(S)), 'A·diag(T)·diag(S)'],
  ['nor those of low rank', times(tensor('x8', 'tokens', 8), blocks(P), blocks(N)), 'x8·diag(P)·diag(N)'],
];
const at = (tokens: 'few' | 'many') => allRules().filter((rule) => (rule.tokens ?? tokens) === tokens);
it.each(few)('on few rows: %s', (_, before, after) => {
  expect(printed(at('few'), ...outputsOf(before))).toBe(after);
});
it('on few rows the identity leaves rows as they are, and is not made into blocks first', () => {
  const y = times(x, blocks(plus(identity(2, 3), T)));
  const { fired } = rewrite(programOf({ y }), at('few'));
  expect(fired.map((f) => f.rule)).toEqual(['blocks-on-rows']);
});

it.each(many)('on many rows: %s', (_, before, after) => {
  expect(printed(at('many'), ...outputsOf(before))).toBe(after);
});

it.each(INNER)('inner products: %s', (_, before, after) => {
  expect(printed(always(allRules()), ...outputsOf(before))).toBe(after);
});

it('on few rows a polynomial of a matrix is evaluated on the rows', () => {
  const rules = allRules().filter((rule) => rule.name === 'polynomial-on-rows');
  expect(printed(rules, times(x, polynomial(A, [3, 2, 1])))).toBe('3·x + (2·x + x·A)·A');
  expect(printed(rules, times(polynomial(A, [3, 2, 1, 0]), X))).toBe('3·X + A·(2·X + A·X)');
});

it('a polynomial goes through the small side of U·V beside one multiple of the identity', () => {
  const rules = allRules().filter((rule) => rule.name === 'polynomial-low-rank');
  const of = (...terms: readonly Node[]) => printed(rules, polynomial(plus(...terms), [0, 1]));
  expect(of(identity(8), big('1'))).toBe('I + u1·I·w1');
  expect(of(identity(8), big('1'), identity(8))).toBe('(I + u1·w1 + I)');
});

it('what tokens meet acts before what is only to be formed', () => {
  const rules = always(allRules()).filter((rule) => rule.phase !== 'form');
  const narrow = tensor('G', 6, 4);
  expect(printed(rules, times(x, diag(v), narrow))).toBe('(x ⊙ v)·G');
  const scaledLow = times(tensor('u', 8, 1), tensor('w', 1, 8), diag(tensor('d', 8)));
  expect(printed(rules, scaledLow)).toBe('u·w·diag(d)');
});

it.each(APPLIED)('applied: %s', (_, before, after) => {
  expect(printed(always(allRules()), ...outputsOf(before))).toBe(after);
});
