/** Packs eight 4-bit codes into a 32-bit word, and unpacks them. */
import { type ErrorLocation, QuantizationError } from './error.ts';

export const PER_WORD = 8;

/** The index of the code in each nibble, from the lowest nibble up. */
export type NibbleOrder = readonly [number, number, number, number, number, number, number, number];

/** GPTQ's order: the first code in the lowest nibble. */
export const IN_ORDER: NibbleOrder = [0, 1, 2, 3, 4, 5, 6, 7];

/** Unpacks words of eight consecutive codes of a row to codes 0 … 15, row-major. */
export function unpackWords(words: Int32Array, order: NibbleOrder): Uint8Array {
  const out = new Uint8Array(words.length * PER_WORD);
  words.forEach((word, i) => {
    order.forEach((place, nibble) => {
      out[i * PER_WORD + place] = (word >>> (4 * nibble)) & 15;
    });
  });
  return out;
}

/** The inverse of `unpackWords`. */
export function packWords(codes: Uint8Array, order: NibbleOrder): Int32Array {
  return Int32Array.from({ length: codes.length / PER_WORD }, (_, i) =>
    order.reduce((word, place, nibble) => word | (codes[i * PER_WORD + place]! << (4 * nibble)), 0),
  );
}

/** The transpose [columns, rows] of a matrix [rows, columns], both row-major. */
export function transposed<T extends Uint8Array | Int32Array>(matrix: T, rows: number, columns: number): T {
  const out: Uint8Array | Int32Array = matrix.slice();
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      out[column * rows + row] = matrix[row * columns + column]!;
    }
  }
  return out as T;
}

/** Checks that a weight's sizes fill whole words. Throws InvalidPacking for the first size that does not. */
export function checkFillsWords(shape: readonly [outputs: number, inputs: number], at: ErrorLocation): void {
  const index = shape.findIndex((size) => size % PER_WORD !== 0);
  if (index < 0) return;
  throw new QuantizationError(
    'InvalidPacking',
    at,
    `${['out', 'in'][index]} size ${shape[index]} is not a multiple of ${PER_WORD}, the 4-bit numbers that a word packs`,
    'Pad the weight before it is quantised, or leave this layer unquantised.',
  );
}
