/**
 * Computes PyTorch's float32 sum of a contiguous vector to the last bit, as on a CPU with 8-lane vectors (AVX2) and
 * one thread. The offset of double quantisation is a mean by this sum, and absmax codes depend on its bits. Source:
 * PyTorch, aten/src/ATen/native/cpu/SumKernel.cpp (`cascade_sum`, `row_sum`, `multi_row_sum`). PyTorch itself sums in
 * another order with 16 lanes, on GPUs, and from 32768 elements on with several threads.
 */

const LANES = 8;
/** The number of vectors that are summed side by side. */
const ROWS = 4;
const LEVELS = 4;
/** The rows that fill a level. PyTorch takes more from 2^19 rows of 32 elements on, which no vector here has. */
const CHUNK = 16;

/** The sum in float32, in PyTorch's order. 0 for no values; not finite where a partial sum overflows. */
export function cascadeSum(values: Float32Array): number {
  const lanes = values.length < LANES ? 1 : LANES;
  const vectors = Math.floor(values.length / lanes);
  const sums = rowSum(values, vectors, lanes);
  if (lanes === 1) return sums[0]!;
  let total = 0;
  for (let i = vectors * lanes; i < values.length; i++) total = Math.fround(total + values[i]!);
  for (const sum of sums) total = Math.fround(total + sum);
  return total;
}

/** The mean in float32: the sum divided, not multiplied by a reciprocal, by the number of values. */
export function cascadeMean(values: Float32Array): number {
  return Math.fround(cascadeSum(values) / values.length);
}

/** Sums `vectors` vectors of `lanes` elements, lane by lane. */
function rowSum(values: Float32Array, vectors: number, lanes: number): Float32Array {
  const width = ROWS * lanes;
  const steps = Math.floor(vectors / ROWS);
  const partial = levelledSum(values, steps, width);
  const sums = partial.slice(0, lanes);
  for (let i = steps * width; i < vectors * lanes; i++) sums[i % lanes]! += values[i]!;
  for (let i = lanes; i < width; i++) sums[i % lanes]! += partial[i]!;
  return sums;
}

/**
 * Sums `steps` rows of `width` elements, column by column. A full level is added to the next one up, so
 * that only sums of like size meet. Float32Array rounds every sum to float32.
 */
function levelledSum(values: Float32Array, steps: number, width: number): Float32Array {
  const levels = Array.from({ length: LEVELS }, () => new Float32Array(width));
  let step = 0;
  const addStep = (): void => {
    for (let k = 0; k < width; k++) levels[0]![k]! += values[step * width + k]!;
    step++;
  };
  while (step + CHUNK <= steps) {
    for (let j = 0; j < CHUNK; j++) addStep();
    for (let level = 1; level < LEVELS; level++) {
      addInto(levels[level]!, levels[level - 1]!);
      levels[level - 1]!.fill(0);
      // Stop at the first level that is not full yet.
      if (Math.floor(step / CHUNK ** level) % CHUNK !== 0) break;
    }
  }
  while (step < steps) addStep();
  for (let level = 1; level < LEVELS; level++) addInto(levels[0]!, levels[level]!);
  return levels[0]!;
}

function addInto(to: Float32Array, from: Float32Array): void {
  for (let k = 0; k < to.length; k++) to[k]! += from[k]!;
}
