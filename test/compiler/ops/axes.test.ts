/** Axes of operators that take them as numbers. */
import { expect, it } from 'vitest';
import { axisOf } from '../../../compiler/ops/arguments.ts';
import { tensor } from './operands.ts';

const a = tensor(3, 5);

it('an axis counts from the first, and below 0 from the last', () => {
  expect([0, 1, -1, -2].map((axis) => axisOf(a, axis, 'sum'))).toEqual([0, 1, 1, 0]);
});

it.each([
  [2, 'axis 2 is not an axis of shape (3, 5)'],
  [-3, 'axis -3 is not an axis of shape (3, 5)'],
  [0.5, 'axis 0.5 is not an axis of shape (3, 5)'],
  ['0', 'axis 0 is not an axis of shape (3, 5)'],
  [undefined, 'axis undefined is not an axis of shape (3, 5)'],
  [true, 'axis true is not an axis of shape (3, 5)'],
  [tensor(1), 'axis of a tensor is not an axis of shape (3, 5)'],
])('%s is no axis of a matrix', (axis, message) => {
  expect(() => axisOf(a, axis, 'sum')).toThrow(
    expect.objectContaining({ code: 'OFT2006', message: `sum: ${message}` }),
  );
});
