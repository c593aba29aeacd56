/** Products whose mirrored operands are read along their rows. */
import { expect, it } from 'vitest';
import type { Expr } from '../../../../compiler/primitives/expr.ts';
import type { ContractionPrim } from '../../../../compiler/primitives/prim.ts';
import { type Axes, add, call, contraction, input, load } from '../../../../test/kernels-gen/build.ts';
import { alongRows } from '../blocks/mirrored.ts';

/** A symmetric matrix, a skew-symmetric one, and any other. */
const args = [
  { ...input('S', [8, 8]), mirrored: 1 as const },
  { ...input('K', [8, 8]), mirrored: -1 as const },
  input('B', [8, 8]),
];
const SQUARE: Axes = [
  ['i', 8],
  ['j', 8],
];
/** The product of a and b, over p and k. */
const product = (a: Expr, b: Expr, axes = SQUARE) =>
  contraction(
    'y',
    args,
    axes,
    [
      ['p', 2],
      ['k', 8],
    ],
    a,
    b,
  );
const kernel = (root: ContractionPrim) => ({ tensor: root, root, epilogue: null, spans: [] });
const neg = (e: Expr) => call('neg', e);
const [left, right] = [load(2, 'i', 'k'), load(2, 'k', 'j')];

it.each<readonly [string, Expr, Expr]>([
  ['from row to row along the sum', load(0, 'k', 'i'), load(0, 'i', 'k')],
  ['from row to row of a skew-symmetric matrix', load(1, 'k', 'i'), neg(load(1, 'i', 'k'))],
  ['from row to row of any matrix', load(2, 'k', 'i'), load(2, 'k', 'i')],
  ['along a row', load(0, 'i', 'k'), load(0, 'i', 'k')],
  ['neither along a row nor along a column', load(0, 'i', 3), load(0, 'i', 3)],
  ['along the diagonal', load(1, 'k', add('k', 1)), load(1, 'k', add('k', 1))],
  ['of a matrix among several', load(0, 'p', 'k', 'i'), load(0, 'p', 'i', 'k')],
])('the rows’ operand moves %s', (_, a, expected) => {
  const { root } = alongRows(kernel(product(a, right)));
  expect([root.a, root.b]).toEqual([expected, right]);
});

it.each<readonly [string, Expr, Expr]>([
  ['from row to row along the columns', load(1, 'j', 'k'), neg(load(1, 'k', 'j'))],
  ['from row to row along the sum, and within a row along the columns', load(0, 'k', 'j'), load(0, 'k', 'j')],
  ['along the sum alone', load(0, 'k', 'i'), load(0, 'i', 'k')],
])('the columns’ operand moves %s', (_, b, expected) => {
  const { root } = alongRows(kernel(product(left, b)));
  expect([root.a, root.b]).toEqual([left, expected]);
});

it('a product without axes reads both operands along its sum', () => {
  const { root } = alongRows(kernel(product(load(0, 'k', 0), load(1, 'k', 1), [])));
  expect([root.a, root.b]).toEqual([load(0, 0, 'k'), neg(load(1, 1, 'k'))]);
});

it('a product that is added is read so too', () => {
  const added = product(load(0, 'k', 'i'), right);
  const turned = alongRows({ ...kernel(product(left, right)), added: [added] });
  expect(turned.added).toEqual([{ ...added, a: load(0, 'i', 'k') }]);
  expect(alongRows(kernel(added))).not.toHaveProperty('added');
});
