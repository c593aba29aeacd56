/**
 * Expressions that rules leave unchanged: they are too large, have no tokens, or do not fit. Beside them stand similar
 * ones that rules change.
 */
import { describe, expect, it } from 'vitest';
import { apply } from '../../compiler/ir/build.ts';
import type { Node, OpNode } from '../../compiler/ir/node.ts';
import { printNode } from '../../compiler/ir/print.ts';
import { polynomial } from '../../compiler/ops/polynomial.ts';
import { allRules } from '../../compiler/rewrite/rule.ts';
import { A, B, blocks, dim, half, low, mul, plus, printed, T, tensor, times, x } from './forms.ts';

const kronecker = (a: Node, b: Node): Node => apply('kronecker', [a, b]);
const by = (rule: string, node: Node): string =>
  printed(
    allRules().filter((r) => r.name === rule),
    node,
  );
const rank = (n: number, rows = 6, columns = 6): Node => times(tensor('U', rows, n), tensor('V', n, columns));
const wide = tensor('z', 'tokens', 4);
/** The 2ⁿth power of a matrix. */
const power = (a: Node, n: number): Node => (n === 0 ? a : times(power(a, n - 1), power(a, n - 1)));

/** Rows of tokens times a tensor that is repeated from one shape to another, and reshaped to a matrix. */
function onRepeated(from: readonly number[], to: readonly number[], rows: number, columns: number): Node {
  const spread = apply('expand', [tensor('P', ...from)], { shape: to.map(dim) });
  return times(tensor('t', 'tokens', rows), apply('reshape', [spread], { shape: [rows, columns].map(dim) }));
}

const LEFT: readonly (readonly [what: string, node: Node])[] = [
  ['rows within which others are repeated', onRepeated([2, 1, 3, 5], [2, 4, 3, 5], 24, 5)],
  ['columns within which others are repeated', onRepeated([5, 2, 1, 3], [5, 2, 4, 3], 5, 24)],
  ['one row', onRepeated([1, 5], [6, 5], 1, 30)],
  ['one column', onRepeated([5, 1], [5, 6], 30, 1)],
  ['a number', onRepeated([1, 1], [6, 4], 6, 4)],
];
it.each(LEFT)('repeat-kronecker leaves %s', (_, node) => {
  expect(by('repeat-kronecker', node)).toBe(printNode(node));
});

const repeatedBatch = apply(
  'reshape',
  [apply('expand', [tensor('P', 2, 1, 3, 5)], { shape: [2, 4, 3, 5].map(dim) })],
  {
    shape: [2, 12, 5].map(dim),
  },
);
const repeatedTokens = apply(
  'reshape',
  [apply('expand', [tensor('P', 'tokens', 1, 5)], { shape: [dim('tokens'), dim(6), dim(5)] })],
  { shape: [dim('tokens'), dim(30)] },
);
const repeatedColumns = apply(
  'reshape',
  [apply('expand', [tensor('P', 4, 1, 5)], { shape: [4, 6, 5].map(dim) })],
  { shape: [4, 30, 1].map(dim) },
);
const repeated = (onRepeated([4, 1, 5], [4, 6, 5], 4, 30) as OpNode).args[1]!;
it.each([
  ['a batch', times(repeatedBatch, tensor('z', 2, 5, 3))],
  ['a batch of columns', times(repeatedColumns, tensor('z', 4, 1, 5))],
  ['rows of tokens', times(repeatedTokens, tensor('z', 30, 5))],
  ['a factor element by element', mul(repeated, tensor('z', 4, 30))],
])('repeat-kronecker leaves %s', (_, node) => {
  expect(by('repeat-kronecker', node)).toBe(printNode(node));
});

const [H, a, b] = [x, tensor('a', 6), tensor('b', 6)];
const [G, F] = [tensor('G', 'tokens', 6), tensor('F', 'tokens', 6)];
const column = tensor('g', 'tokens', 1);
const [Ha, Hb] = [mul(H, a), mul(H, b)];
it.each<readonly [what: string, outputs: readonly Node[], text: string | undefined]>([
  ['rows that two tensors scale', [plus(Ha, Hb)], 'x ⊙ (a + b)'],
  ['rows that tensors of tokens scale', [plus(mul(H, G), mul(H, F))], undefined],
  ['scaled rows in products', [plus(times(Ha, A), times(Hb, B))], undefined],
  ['matrices without tokens', [plus(mul(A, a), mul(A, b))], undefined],
  ['a column that is repeated', [plus(mul(column, a), mul(column, b))], undefined],
  ['terms that are repeated', [plus(mul(column, tensor('s', 1)), mul(column, tensor('r', 1)), H)], undefined],
  ['terms that are results, too', [plus(Ha, Hb), Ha, Hb], undefined],
])('common-rows: %s', (_, outputs, text) => {
  const rules = allRules().filter((r) => r.name === 'common-rows');
  expect(printed(rules, ...outputs)).toBe(text ?? outputs.map((o) => printNode(o)).join('; '));
});

const REPEATED: readonly (readonly [what: string, node: Node, text: string])[] = [
  [
    'beside each other',
    onRepeated([4, 1, 5], [4, 6, 5], 4, 30),
    't·kronecker(expand(1, shape: [1,6]), reshape(P, shape: [4,5]))',
  ],
  [
    'below each other',
    onRepeated([1, 4, 5], [6, 4, 5], 24, 5),
    't·kronecker(expand(1, shape: [6,1]), reshape(P, shape: [4,5]))',
  ],
  [
    'after an axis of size 1',
    onRepeated([1, 1, 4, 5], [1, 6, 4, 5], 24, 5),
    't·kronecker(expand(1, shape: [6,1]), reshape(P, shape: [4,5]))',
  ],
  [
    'of several axes',
    onRepeated([1, 2, 2, 5], [6, 2, 2, 5], 24, 5),
    't·kronecker(expand(1, shape: [6,1]), reshape(P, shape: [4,5]))',
  ],
  [
    'a row, twice',
    onRepeated([1, 1, 5], [6, 4, 5], 24, 5),
    't·kronecker(expand(1, shape: [24,1]), reshape(P, shape: [1,5]))',
  ],
];
it.each(REPEATED)('repeat-kronecker: %s', (_, node, text) => {
  expect(by('repeat-kronecker', node)).toBe(text);
});

describe('is left by', () => {
  it.each<readonly [rule: string, what: string, node: Node]>([
    ['polynomial-on-rows', 'a product without tokens', times(polynomial(A, [1, 2]), B)],
    [
      'polynomial-on-rows',
      'polynomials of a batch',
      times(tensor('y', 2, 'tokens', 3), polynomial(T, [1, 2])),
    ],
    ['blocks-on-rows', 'a large power of blocks', times(x, blocks(power(T, 4)))],
    ['multiply-low-rank', 'what is summed', apply('sum', [mul(low, rank(1))], { axes: [0, 1] })],
    [
      'multiply-low-rank',
      'rows of tokens',
      mul(
        times(tensor('t', 'tokens', 1), tensor('w', 1, 6)),
        times(tensor('q', 'tokens', 1), tensor('w', 1, 6)),
      ),
    ],
    [
      'multiply-low-rank',
      'a batch',
      mul(
        times(tensor('a', 2, 6, 1), tensor('b', 2, 1, 6)),
        times(tensor('c', 2, 6, 1), tensor('d', 2, 1, 6)),
      ),
    ],
    ['multiply-low-rank', 'a row that is repeated', mul(low, rank(1, 1))],
    ['multiply-low-rank', 'products whose ranks multiply to a large one', mul(rank(3), rank(3))],
    [
      'matmul-kronecker-low-rank',
      'a product without tokens',
      times(tensor('G', 6, 8), kronecker(tensor('H', 2, 2), rank(1, 4, 4))),
    ],
  ])('%s: %s', (rule, _, node) => {
    expect(by(rule, node)).toBe(printNode(node));
  });
});

describe('is changed by', () => {
  it.each<readonly [rule: string, what: string, node: Node, text: string]>([
    [
      'polynomial-on-rows',
      'the first of two polynomials',
      times(x, polynomial(A, [1, 2]), polynomial(B, [3, 1])),
      '3·(x + (2·x)·A) + (x + (2·x)·A)·B',
    ],
    ['blocks-on-rows', 'a small power of blocks', times(x, blocks(power(T, 1))), 'x·diag(T)·diag(T)'],
    [
      'multiply-low-rank',
      'two products of rank 1',
      mul(low, rank(1)),
      'reshape(reshape(u, shape: [6,1,1]) ⊙ reshape(U, shape: [6,1,1]), shape: [6,1])·reshape(reshape(w, shape: [1,1,6]) ⊙ reshape(V, shape: [1,1,6]), shape: [1,6])',
    ],
    [
      'matmul-kronecker-low-rank',
      'a multiple',
      times(wide, kronecker(tensor('H', 1, 1), half(rank(1, 4, 4)))),
      'z·kronecker(H, 1/2·U)·kronecker(I, V)',
    ],
  ])('%s: %s', (rule, _, node, text) => {
    expect(by(rule, node)).toBe(text);
  });
});
