/** Computes errors and difference quotients. */

/** ‖actual − expected‖_F / ‖expected‖_F; 0 or ∞ if expected is 0. Throws RangeError if the lengths differ. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length)
    throw new RangeError(`${actual.length} elements against ${expected.length}`);
  let [diff, norm] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    diff += (actual[i]! - expected[i]!) ** 2;
    norm += expected[i]! ** 2;
  }
  return diff === 0 ? 0 : Math.sqrt(diff / norm);
}

/**
 * The derivative of `f` at `at` along `direction`, by a central difference: its error is of order step², its
 * rounding of order 2⁻⁵²/step.
 */
export function centralDifference(
  f: (x: Float64Array) => number,
  at: ArrayLike<number>,
  direction: ArrayLike<number>,
  step = 1e-5,
): number {
  const moved = (h: number) => Float64Array.from(at, (x, i) => x + h * direction[i]!);
  return (f(moved(step)) - f(moved(-step))) / (2 * step);
}
