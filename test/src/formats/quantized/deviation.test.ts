import { expect, it } from 'vitest';
import {
  dequantizeNf4,
  deviation,
  quantizeGrouped4,
  quantizeInt8Rows,
  quantizeNf4,
} from '../../../../src/formats/quantized/index.ts';

/** The widest gap of NF4's code book: the lowest one, from −1 to −0.6961928. */
const WIDEST = 1 - 0.6961928009986877;

it('the deviation of NF4 counts in the widest gap times each block’s scale', () => {
  const values = new Float32Array(64);
  values.set([2, -1.7, 0.5]);
  values.set([1], 32);
  const tensor = quantizeNf4(values, [64], { blocksize: 32 });
  const { squares, largest, step } = deviation(tensor, values);
  // −0.85 is rounded to −1, which is nearer than −0.696…, and 0.25 to 0.246….
  const errors = [2 - 1.7, 0.5 - 2 * 0.24611230194568634];
  expect(squares).toBeCloseTo(errors[0]! ** 2 + errors[1]! ** 2, 7);
  expect(largest).toBeCloseTo(errors[0]! / (2 * WIDEST), 6);
  expect(step).toBeCloseTo(1.5 * WIDEST, 6);
});

it('the deviation of NF4 with double quantisation counts by the scales as they decode', () => {
  const values = Float32Array.from({ length: 128 }, (_, i) => (i < 64 ? 0.01 : 1) * Math.sin(i + 1));
  const plain = quantizeNf4(values, [128], {});
  const nested = quantizeNf4(values, [128], { doubleQuantization: true });
  expect(deviation(plain, values).largest).toBeLessThanOrEqual(0.5 + 1e-6);
  // The largest value of a block has the code 1 or −1, so it decodes to the block's scale.
  const decoded = dequantizeNf4(nested).map(Math.abs);
  const scales = [Math.max(...decoded.subarray(0, 64)), Math.max(...decoded.subarray(64))] as const;
  expect(Math.abs(scales[0] - 0.01)).toBeGreaterThan(1e-3);
  expect(deviation(nested, values).step).toBeCloseTo(((scales[0] + scales[1]) / 2) * WIDEST, 6);
  if (nested.absmax.kind !== 'nested') throw new Error('not nested');
  const below = { ...nested, absmax: { ...nested.absmax, offset: -2 } };
  expect(deviation(below, values).step).toBeGreaterThan(0.3);
});

it('the deviation of int8 counts in a row’s scale, that of 4-bit groups in a group’s, of either sign', () => {
  const values = Float32Array.of(127, 3.25, -254, 5.5);
  expect(deviation(quantizeInt8Rows(values, [2, 2]), values)).toEqual({
    squares: 0.25 ** 2 + 0.5 ** 2,
    largest: 0.25,
    step: 1.5,
  });
  const few = Float32Array.of(15, 3.25, 30, 5.5, 0, 4.5, 60, 2);
  const groups = Int32Array.of(0, 1, 0, 1);
  const tensor = quantizeGrouped4(few, [2, 4], 2, {}, { group: groups });
  // The scales of the two rows' groups are 2 and 5.5/15, and 4 and 4.5/15.
  const of = deviation(tensor, few);
  expect(of.step).toBeCloseTo((2 + 5.5 / 15 + 4 + 4.5 / 15) / 4, 6);
  const negative = {
    ...{ shape: [1, 2] as const, codes: Uint8Array.of(3, 13), group: Int32Array.of(0, 0) },
    ...{ scales: Float32Array.of(-2), zeros: Uint8Array.of(8) },
  };
  expect(deviation(negative, Float32Array.of(10, -9))).toEqual({ squares: 1, largest: 0.5, step: 2 });
});

it('the deviation is 0 of exact values, and infinite where a step is 0', () => {
  const exact = Float32Array.of(1, -1, 1, 1);
  expect(deviation(quantizeInt8Rows(exact, [2, 2]), exact)).toMatchObject({ squares: 0, largest: 0 });
  const zeros = { shape: [1, 2] as const, codes: Int8Array.of(0, 0), scales: Float32Array.of(0) };
  expect(deviation(zeros, Float32Array.of(0, 0))).toEqual({ squares: 0, largest: 0, step: 0 });
  expect(deviation(zeros, Float32Array.of(0, 1)).largest).toBe(Infinity);
});
