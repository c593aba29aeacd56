/**
 * Finds the fastest of some candidates from noisy times. All take turns, and slow ones drop out. The leader of many owes
 * its times partly to luck, so it and the default are measured again in a final.
 */
import { interval, ratio, type Summary } from './statistics.ts';

/** Seconds of one run of each candidate, in this order; undefined for one that the device cannot run. */
export type Measure<C> = (candidates: readonly C[]) => Promise<readonly (number | undefined)[]>;

export interface Limits {
  /** The seconds that a race may take. */
  readonly budget: number;
  /** The time in seconds since any fixed moment. */
  readonly now: () => number;
}

/**
 * `faster`: another candidate is faster than the default by more than GAIN. `default`: none is. `undecided`: the
 * times do not tell, or the budget ended too early.
 */
export type Outcome = 'faster' | 'default' | 'undecided';

export interface Verdict<C> {
  readonly outcome: Outcome;
  /** The default, unless another is `faster`. */
  readonly best: C;
  /** The default's time divided by the leader's; undefined where the default led, or where there was no final. */
  readonly gain: Summary | undefined;
  /** The seconds of each measured candidate, the default first. */
  readonly times: readonly { readonly candidate: C; readonly seconds: Summary }[];
}

/** The least gain for which another schedule is taken. A smaller one is not worth a kernel of its own. */
export const GAIN = 0.03;
/** The smallest number of rounds that give an interval by order statistics. */
const TELLING = 5;
/** The largest number of rounds before the final. */
const ROUNDS = 8;
/** A candidate drops out when its best time is this many times the leader's median, from the second round on. */
const HOPELESS = 1.3;
/** The round counts at which the final may be decided. */
const LOOKS = [9, 19];

interface Runner<C> {
  readonly candidate: C;
  readonly samples: (number | undefined)[];
}

/** Races candidates. The first is the default. Throws what `measure` throws. */
export async function race<C>(
  candidates: readonly [C, ...C[]],
  measure: Measure<C>,
  { budget, now }: Limits,
): Promise<Verdict<C>> {
  const start = now();
  const spent = () => now() - start;
  const all = await runnable(candidates, measure, () => spent() < budget);
  const [own, ...others] = all.map((candidate): Runner<C> => ({ candidate, samples: [] }));
  const end = (outcome: Outcome, best: C, gain?: Summary): Verdict<C> => ({
    outcome,
    best,
    gain,
    times: [own, ...others].flatMap((r) => {
      const seconds = r && taken(r.samples);
      return seconds && seconds.length > 0 ? [{ candidate: r.candidate, seconds: interval(seconds) }] : [];
    }),
  });
  const [first] = candidates;
  if (own === undefined || own.candidate !== first) return end('undecided', first);
  let left = others;
  for (let n = 0; n < ROUNDS && left.length > 0 && spent() < budget / 2; n++) {
    await round([own, ...left], n, measure);
    const leader = fastest([own, ...left]);
    left = left.filter((r) => r === leader || !isOut(r, leader));
    // A leader without rivals needs no more rounds.
    if (n + 1 >= TELLING && left.length === 1 && left[0] === leader) break;
  }
  if (left.length === 0) return end(spent() < budget ? 'default' : 'undecided', first);
  const leader = fastest(left);
  const final = [own, leader].map(({ candidate }): Runner<C> => ({ candidate, samples: [] }));
  const [of, by] = final as [Runner<C>, Runner<C>];
  for (const look of LOOKS) {
    for (let n = of.samples.length; n < look && spent() < budget; n++) await round(final, n, measure);
    if (of.samples.length < look) break;
    const gain = ratio(of.samples, by.samples)!;
    if (gain.low > 1 + GAIN) return end('faster', leader.candidate, gain);
    if (gain.high < 1 + GAIN) return end('default', first, gain);
  }
  return end('undecided', first, ratio(of.samples, by.samples));
}

/** The candidates that the device can run, while time is left. Each runs once, which also compiles it. */
async function runnable<C>(candidates: readonly C[], measure: Measure<C>, more: () => boolean): Promise<C[]> {
  const found: C[] = [];
  for (const c of candidates) {
    if (!more()) break;
    const [time] = await measure([c]);
    if (time !== undefined) found.push(c);
  }
  return found;
}

/** Measures each candidate once. Orders rotate and alternate, so that other work of the machine slows all alike. */
async function round<C>(runners: readonly Runner<C>[], n: number, measure: Measure<C>): Promise<void> {
  const turn = runners.map((_, i) => runners[(n + i) % runners.length]!);
  if (n % 2 === 1) turn.reverse();
  const times = await measure(turn.map((r) => r.candidate));
  for (const [i, r] of turn.entries()) r.samples.push(times[i]);
}

const taken = (samples: Runner<unknown>['samples']): number[] => samples.filter((s) => s !== undefined);

const median = (r: Runner<unknown>): number => {
  const samples = taken(r.samples);
  return samples.length > 0 ? interval(samples).median : Infinity;
};

const fastest = <C>(runners: readonly Runner<C>[]): Runner<C> =>
  runners.reduce((best, r) => (median(r) < median(best) ? r : best));

function isOut(r: Runner<unknown>, leader: Runner<unknown>): boolean {
  if (r.samples.length < 2) return false;
  if (Math.min(...taken(r.samples)) > HOPELESS * median(leader)) return true;
  const slower = ratio(r.samples, leader.samples);
  return r.samples.length >= TELLING && slower !== undefined && slower.low > 1;
}
