/** What tuning counts by, and more that only the bench needs. */
export { combined, interval, ratio, type Samples, type Summary } from '../kernels-gen/tune/statistics.ts';

/** ‖actual − expected‖ ÷ ‖expected‖; not a number where lengths differ or a value is not finite. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.NaN;
  let [difference, norm] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    difference += (actual[i]! - expected[i]!) ** 2;
    norm += expected[i]! ** 2;
  }
  return Math.sqrt(difference / norm);
}

/** Rounds, spread over all, in which a contender that may take part in only `some` does. */
export const takesPart = (round: number, rounds: number, some: number): boolean =>
  some >= rounds || Math.floor((round * some) / rounds) !== Math.floor(((round - 1) * some) / rounds);
