import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect } from 'vitest';
import { QuantizationError } from '../../../../src/formats/quantized/index.ts';

/** The path of a file in test/fixtures/quantized. */
export const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../../fixtures/quantized/${name}`, import.meta.url));

/** The error of a call, which must be a QuantizationError. */
export async function refusal(run: () => unknown): Promise<QuantizationError> {
  try {
    await run();
  } catch (error) {
    expect(error).toBeInstanceOf(QuantizationError);
    return error as QuantizationError;
  }
  throw new Error('nothing was thrown');
}

/** The bits of float32 values, which differ for −0 and 0. */
export const bitsOf = (values: Float32Array): Uint32Array =>
  new Uint32Array(values.buffer, values.byteOffset, values.length);

export const absmaxOf = (values: Float32Array): number =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** Random finite float32 weights: of one scale, of any size, or subnormal, with zeros of both signs. */
export function weightsArb(maxLength: number): fc.Arbitrary<Float32Array> {
  const zero = fc.constantFrom(0, -0);
  const element = fc.constantFrom(
    fc.float({ min: -1, max: 1, noNaN: true }),
    fc.float({ noNaN: true, noDefaultInfinity: true }),
    fc.float({ min: Math.fround(-(2 ** -126)), max: Math.fround(2 ** -126), noNaN: true }),
    zero,
  );
  return element
    .chain((one) =>
      fc.array(fc.oneof({ arbitrary: one, weight: 9 }, zero), { minLength: 1, maxLength, size: 'max' }),
    )
    .map((values) => Float32Array.from(values));
}
