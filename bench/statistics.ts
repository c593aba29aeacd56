/** Statistics: those that tuning uses, and others that only the benchmarks need. */
export { combined, interval, ratio, type Samples, type Summary } from '../kernels-gen/tune/statistics.ts';

/** The relative error ‖actual − expected‖ ÷ ‖expected‖; NaN if lengths differ or a value is not finite. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.NaN;
  let [difference, norm] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    difference += (actual[i]! - expected[i]!) ** 2;
    norm += expected[i]! ** 2;
  }
  return Math.sqrt(difference / norm);
}

/** Whether a contender that is to have `samples` samples takes part in a round. Its rounds are spread evenly. */
export const takesPart = (round: number, rounds: number, samples: number): boolean =>
  samples >= rounds ||
  Math.floor((round * samples) / rounds) !== Math.floor(((round - 1) * samples) / rounds);
