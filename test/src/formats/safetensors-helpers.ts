import fc from 'fast-check';
import { expect } from 'vitest';
import {
  dtypeBits,
  SAFETENSORS_DTYPES,
  SafetensorsError,
  type SafetensorsErrorCode,
  type TensorData,
} from '../../../src/formats/safetensors/index.ts';
import { parseSafetensors } from '../../support/safetensors.ts';

/** A file with this header and this many zero bytes of data. `claimed` overrides the stated length of the header. */
export function fileOf(header: string | Uint8Array, dataBytes = 0, claimed?: bigint): Uint8Array {
  const json = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const file = new Uint8Array(8 + json.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, claimed ?? BigInt(json.length), true);
  file.set(json, 8);
  return file;
}

export function errorOf(run: () => unknown): SafetensorsError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(SafetensorsError);
    return error as SafetensorsError;
  }
  throw new Error('nothing was thrown');
}

export function codeOf(file: Uint8Array): SafetensorsErrorCode {
  return errorOf(() => parseSafetensors(file)).code;
}

/** Random tensors of any dtype and shape, with empty ones and scalars. */
export const tensorsArb: fc.Arbitrary<TensorData[]> = fc.uniqueArray(
  fc
    .record({
      name: fc
        .oneof(
          fc.string({ unit: 'grapheme' }),
          fc.constantFrom('__proto__', 'constructor', 'a"\\\n\u0001', ''),
        )
        .filter((name) => name !== '__metadata__'),
      dtype: fc.constantFrom(...SAFETENSORS_DTYPES),
      shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }),
      seed: fc.integer({ min: 0, max: 255 }),
    })
    .map(({ name, dtype, shape: dims, seed }) => {
      // With a last dimension of 4, tensors of every sub-byte dtype fill whole bytes.
      const shape = dtypeBits(dtype) < 8 ? [...dims, 4] : dims;
      const bytes = (shape.reduce((product, size) => product * size, 1) * dtypeBits(dtype)) / 8;
      return {
        name,
        dtype,
        shape,
        data: Uint8Array.from({ length: bytes }, (_, i) => (i * 37 + seed) & 255),
      };
    }),
  { selector: ({ name }) => name, maxLength: 6 },
);
