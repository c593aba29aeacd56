/**
 * The number of instances that a property draws, and the seed. Ordinary runs draw the same instances every time.
 * `OFTC_RUNS=nightly` draws the nightly number, as `npm run test:nightly` does from a seed that it picks and prints.
 * `OFTC_RUNS=5%` draws that part of the ordinary number. `OFTC_SEED` chooses the seed.
 */
import fc from 'fast-check';

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

/** The most times that a property draws its number of instances anew to cover what it has to. */
const ROUNDS = 40;

/** The number of instances and the seed of each round; the first are those of `runs`. */
export const rounds = (every: number, nightly: number): ReturnType<typeof runs>[] =>
  Array.from({ length: ROUNDS }, (_, n) => ({ numRuns: runsOf(every, nightly), seed: seed + 1_000_003 * n }));

/**
 * Checks a property on its instances, and on as many others again while it has not met all that it should: what a
 * test covers is then no matter of the seed. The caller checks afterwards that everything was met. There are `most` rounds at most.
 */
export function assertCovering<T>(
  property: fc.IRawProperty<T, false>,
  [every, nightly]: readonly [number, number],
  isCovered: () => boolean,
  most = ROUNDS,
): void {
  for (const round of rounds(every, nightly).slice(0, most)) {
    fc.assert(property, round);
    if (isCovered()) return;
  }
}
