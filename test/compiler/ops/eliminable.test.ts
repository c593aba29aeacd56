/** Which matrices elimination takes without pivoting, and what sums and multiples keep of that. */
import { expect, it } from 'vitest';
import { rational } from '../../../compiler/dims/rational.ts';
import type { Facts } from '../../../compiler/ir/operator.ts';
import { definiteMultiple, definiteSum, isEliminable } from '../../../compiler/ops/eliminable.ts';

it.each<readonly [Facts, boolean]>([
  [{}, false],
  [{ symmetric: true }, false],
  [{ definite: 'semi' }, false],
  [{ definite: 'positive' }, false],
  [{ definite: 'semi', symmetric: true }, true],
  [{ definite: 'positive', symmetric: true }, true],
  [{ definite: 'unit' }, true],
  [{ triangular: true }, true],
])('of a matrix with %j: %s', (facts, expected) => {
  expect(isEliminable(facts)).toBe(expected);
});

const skew: Facts = { skewSymmetric: true };
it.each<readonly [readonly Facts[], object]>([
  [[{ definite: 'semi' }, { definite: 'unit' }], { definite: 'unit' }],
  [[{ definite: 'positive' }, { definite: 'unit' }], { definite: 'unit' }],
  [[{ definite: 'semi' }, { definite: 'positive' }], { definite: 'positive' }],
  [[{ definite: 'semi' }, skew], { definite: 'semi' }],
  [[skew, skew], {}],
  [[{ definite: 'unit' }, {}], {}],
])('a sum of matrices with %j has %j', (addends, expected) => {
  expect(definiteSum(addends)).toStrictEqual(expected);
});

it.each<readonly [Facts['definite'], bigint, bigint, object]>([
  ['unit', 1n, 2n, { definite: 'positive' }],
  ['unit', 1n, 1n, { definite: 'unit' }],
  ['unit', 2n, 1n, { definite: 'unit' }],
  ['positive', 1n, 2n, { definite: 'positive' }],
  ['semi', 1n, 2n, { definite: 'semi' }],
  ['unit', 0n, 1n, {}],
  ['unit', -1n, 2n, {}],
  [undefined, 1n, 1n, {}],
])('a %s matrix times %i/%i has %j', (definite, num, den, expected) => {
  const facts = definite === undefined ? {} : { definite };
  expect(definiteMultiple(facts, rational(num, den))).toStrictEqual(expected);
});
