/**
 * The number of instances that a property draws, and the seed. Ordinary runs draw the same instances every time.
 * `OFTC_RUNS=nightly` draws the nightly number, as `npm run test:nightly` does from a seed that it picks and prints.
 * `OFTC_RUNS=5%` draws that part of the ordinary number. `OFTC_SEED` chooses the seed.
 */
const amount = process.env.OFTC_RUNS || '100%';
const seed = Number(process.env.OFTC_SEED ?? 20260101);
if (!Number.isInteger(seed)) throw new Error(`OFTC_SEED is a whole number, not '${process.env.OFTC_SEED}'`);

function runsOf(every: number, nightly: number): number {
  if (amount === 'nightly') return nightly;
  const percent = /^(\d+)%$/.exec(amount);
  if (!percent) throw new Error(`OFTC_RUNS is 'nightly' or a percentage such as '5%', not '${amount}'`);
  return Math.max(1, Math.round((every * Number(percent[1])) / 100));
}

export function runs(every: number, nightly: number): { readonly numRuns: number; readonly seed: number } {
  return { numRuns: runsOf(every, nightly), seed };
}
