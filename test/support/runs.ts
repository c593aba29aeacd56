/**
 * How many instances a property draws, and from which seed. Ordinary runs are the same every time;
 * `OFTC_RUNS=nightly` draws many more from a new seed, which fast-check prints when something fails.
 * `OFTC_SEED` repeats one.
 */
const nightly = process.env.OFTC_RUNS === 'nightly';
const seed = process.env.OFTC_SEED ?? (nightly ? undefined : '20260101');

export function runs(
  every: number,
  nightlyRuns: number,
): { readonly numRuns: number; readonly seed?: number } {
  return { numRuns: nightly ? nightlyRuns : every, ...(seed === undefined ? {} : { seed: Number(seed) }) };
}
