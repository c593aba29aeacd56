import {
  checkDequantized,
  checkLength,
  checkMatrix,
  checkScales,
  elementsOfMatrix,
  partsOf,
} from './checks.ts';
import { companion, type ErrorLocation, QuantizationError } from './error.ts';

/** A matrix in 8 bits with a scale for each row. */
export interface Int8Rows {
  readonly shape: readonly [rows: number, columns: number];
  /** The codes, row-major. `quantizeInt8Rows` makes none below −127. */
  readonly codes: Int8Array;
  /** The scale of each row, in the weight's units per step; 0 for a row of zeros. */
  readonly scales: Float32Array;
}

const LARGEST = 127;

/**
 * Quantises rows symmetrically by absmax: scale = absmax / 127 in float32, code = value / scale rounded half to even
 * and clamped to ±127. A row whose scale is 0 has codes 0: zeros, and values below 2^−143, whose scale rounds to 0.
 * The definition is this comment's; libraries differ in where they round. Throws InvalidWeight for weights that are
 * not finite or do not fit the shape, and for a row so large that 127 · scale overflows float32.
 */
export function quantizeInt8Rows(
  weights: Float32Array,
  shape: readonly [rows: number, columns: number],
  at: ErrorLocation = {},
): Int8Rows {
  checkMatrix(weights, shape, at);
  const [rows, columns] = shape;
  const codes = new Int8Array(weights.length);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const values = weights.subarray(row * columns, (row + 1) * columns);
    const scale = Math.fround(values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / LARGEST);
    if (!Number.isFinite(Math.fround(LARGEST * scale))) throw tooLarge(row, at);
    scales[row] = scale;
    if (scale === 0) continue;
    values.forEach((value, i) => {
      const code = roundHalfToEven(value / scale);
      codes[row * columns + i] = Math.max(-LARGEST, Math.min(LARGEST, code));
    });
  }
  return { shape: [rows, columns], codes, scales };
}

/** Throws CompanionLength or InvalidScale for the first part that does not fit. */
export function checkInt8Rows(weight: Int8Rows, at: ErrorLocation): void {
  const { shape, codes, scales } = partsOf(weight, at);
  const elements = elementsOfMatrix(shape, at);
  const [rows, columns] = shape;
  checkLength(codes, elements, `one for each element of [${rows},${columns}]`, at);
  checkLength(scales, rows, 'one for each row', companion(at, 'scales'));
  checkScales(scales, false, companion(at, 'scales'));
}

/** The values, row-major: each code times the scale of its row, in float32. Throws CompanionLength or InvalidScale. */
export function dequantizeInt8Rows(weight: Int8Rows, at: ErrorLocation = {}): Float32Array {
  checkInt8Rows(weight, at);
  const { shape, codes, scales } = weight;
  const columns = shape[1];
  return checkDequantized(
    Float32Array.from(codes, (code, i) => code * scales[Math.floor(i / columns)]!),
    at,
  );
}

function tooLarge(row: number, at: ErrorLocation): QuantizationError {
  return new QuantizationError(
    'InvalidWeight',
    at,
    `row ${row} reaches the largest float32, and its largest code would dequantise to infinity`,
    'Scale the weight down.',
  );
}

/** x rounded to the nearest whole number, ties to even. |x| must be below 2^51. */
function roundHalfToEven(x: number): number {
  // Adding 1.5 · 2^52 leaves no fraction bits, so float64's own rounding takes the nearest, ties to even.
  const shift = 1.5 * 2 ** 52;
  return x + shift - shift;
}
