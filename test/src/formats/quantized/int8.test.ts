import fc from 'fast-check';
import { expect, it } from 'vitest';
import { dequantizeInt8Rows, quantizeInt8Rows } from '../../../../src/formats/quantized/index.ts';
import { runs } from '../../../support/runs.ts';
import { absmaxOf, refusal, weightsArb } from './support.ts';

it('int8 rows have the codes and scales of the definition', () => {
  // Row 0 has the scale 1, so its codes are the values rounded half to even. Row 1 is row 0 times 2^−10.
  const row = [127, 0.5, 1.5, 2.5, -0.5, -1.5, -126.5, 3.4];
  const { codes, scales } = quantizeInt8Rows(
    Float32Array.of(...row, ...row.map((value) => -value / 1024), ...new Array(8).fill(-0)),
    [3, 8],
  );
  const expected = [127, 0, 2, 2, 0, -2, -126, 3];
  expect([...codes]).toEqual([...expected, ...expected.map((code) => 0 - code), ...new Array(8).fill(0)]);
  expect([...scales]).toEqual([1, 2 ** -10, 0]);
  expect([...dequantizeInt8Rows({ shape: [3, 8], codes, scales })]).toEqual([
    ...expected,
    ...expected.map((code) => (0 - code) / 1024),
    ...new Array(8).fill(0),
  ]);
});

it('int8 rows are off by half a step at most, and keep the codes of what was dequantised', () => {
  fc.assert(
    fc.property(weightsArb(60), fc.integer({ min: 1, max: 4 }), (weights, rows) => {
      fc.pre(weights.length % rows === 0 && absmaxOf(weights) < 2 ** 127);
      const columns = weights.length / rows;
      const rowsOf = quantizeInt8Rows(weights, [rows, columns]);
      const values = dequantizeInt8Rows(rowsOf);
      weights.forEach((weight, i) => {
        const row = Math.floor(i / columns);
        const absmax = absmaxOf(weights.subarray(row * columns, (row + 1) * columns));
        const scale = rowsOf.scales[row]!;
        // The scale itself is rounded: by 2^−24 relatively, or by 2^−150 where it is subnormal.
        const bound = scale / 2 + absmax * 2 ** -22 + 128 * 2 ** -150;
        if (!(Math.abs(values[i]! - weight) <= bound)) expect.fail(`element ${i}: ${weight} → ${values[i]}`);
        expect(Math.abs(scale - absmax / 127)).toBeLessThanOrEqual(absmax * 2 ** -24 + 2 ** -150);
      });
      if (absmaxOf(weights) === 0 || rowsOf.scales.every((scale) => scale > 2 ** -100))
        expect(quantizeInt8Rows(values, [rows, columns]).codes).toEqual(rowsOf.codes);
    }),
    runs(300, 30_000),
  );
});

it('int8 codes are clamped where a subnormal scale is rounded down', () => {
  // In units of 2^−149, the scale 190 / 127 rounds to 1.
  const unit = 2 ** -149;
  const { codes, scales } = quantizeInt8Rows(Float32Array.of(190 * unit, -190 * unit, 3 * unit), [1, 3]);
  expect([...codes]).toEqual([127, -127, 3]);
  expect([...scales]).toEqual([unit]);
  const vanished = quantizeInt8Rows(Float32Array.of(63 * unit, -unit), [1, 2]);
  expect(vanished).toEqual({ shape: [1, 2], codes: Int8Array.of(0, 0), scales: Float32Array.of(0) });
});

it('int8 quantisation refuses what is not finite, does not fit, or is too large', async () => {
  const of = (values: number[], shape: [number, number]) =>
    refusal(() => quantizeInt8Rows(Float32Array.from(values), shape, { tensor: 'w' }));
  expect((await of([1, Number.NaN], [1, 2])).message).toMatch(/"w": element 1 is NaN/);
  expect((await of([-Infinity, 1], [2, 1])).message).toMatch(/element 0 is -Infinity/);
  expect((await of([1, 2, 3], [2, 2])).message).toMatch(/shape \[2,2\] has 4 elements and 3/);
  const large = await of([1, 3.4028234663852886e38], [2, 1]);
  expect([large.code, large.message]).toEqual(['InvalidWeight', expect.stringMatching(/row 1 reaches/)]);
  const codes = Int8Array.of(1, 2);
  const back = (shape: [number, number], ...scales: number[]) =>
    refusal(() => dequantizeInt8Rows({ shape, codes, scales: Float32Array.from(scales) }, { tensor: 'w' }));
  expect((await back([1, 3], 1)).code).toBe('CompanionLength');
  expect((await back([2, 1], 1)).tensor).toBe('w.scales');
  expect((await back([1, 2], -1)).code).toBe('InvalidScale');
  expect((await back([1, 2], Number.NaN)).code).toBe('InvalidScale');
  expect((await back([1, 2], 3e38)).message).toMatch(/element 1 of the dequantised weight overflows/);
});
