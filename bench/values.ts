/** Draws inputs that are the same for every program of a comparison. */

/** Draws multiples of 1/64 in [−1, 1), without a period: exact in f16 too, if `scale` is a power of two. */
export function values(seed: number, length: number, scale = 1): Float32Array<ArrayBuffer> {
  const out = new Float32Array(length);
  let state = Math.imul(seed + 1, 0x9e3779b1) >>> 0 || 1;
  for (let i = 0; i < length; i++) {
    // xorshift32 (Marsaglia 2003)
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    out[i] = ((state >>> 25) / 64 - 1) * scale;
  }
  return out;
}

/** The indices of rows to check, spread over all. */
export const sampledRows = (rows: number, count = 8): number[] => [
  ...new Set(Array.from({ length: count }, (_, i) => Math.floor((i * (rows - 1)) / Math.max(1, count - 1)))),
];

/** Copies the listed rows of a row-major matrix, one after another. */
export function rowsOf<T extends Float32Array | Uint16Array>(
  matrix: T,
  width: number,
  rows: readonly number[],
): Float32Array {
  const out = new Float32Array(rows.length * width);
  rows.forEach((r, i) => {
    out.set(matrix.subarray(r * width, (r + 1) * width), i * width);
  });
  return out;
}
