/**
 * The race that chooses the fastest schedule from noisy times: it finds it, keeps to its budget, and on ties keeps
 * the default.
 */
import { describe, expect, it } from 'vitest';
import { GAIN, type Measure, race } from '../../../kernels-gen/tune/race.ts';

/** A generator of random numbers in [0, 1), determined by a seed. */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
}

interface Device {
  readonly measure: Measure<number>;
  readonly now: () => number;
  /** The candidates of each measurement, in order. */
  readonly asked: readonly (readonly number[])[];
}

/**
 * A simulated device, whose candidates are numbers with known true times. With noise, every sample is longer by up to
 * that part, and one in ten takes five times as long, as when another process runs. The clock goes by the measured
 * times.
 */
function device(seconds: Readonly<Record<number, number | undefined>>, noise: number, seed: number): Device {
  const next = uniform(seed);
  const asked: number[][] = [];
  let clock = 100;
  return {
    asked,
    now: () => clock,
    measure: async (candidates) => {
      asked.push([...candidates]);
      return candidates.map((c) => {
        const own = seconds[c];
        if (own === undefined) return undefined;
        const time = own * (1 + noise * next()) * (noise > 0 && next() < 0.1 ? 5 : 1);
        clock += time;
        return time;
      });
    },
  };
}

const decide = (d: Device, candidates: readonly [number, ...number[]], budget = 1e6) =>
  race(candidates, d.measure, { budget, now: d.now });

const SEEDS = Array.from({ length: 50 }, (_, i) => i + 1);

describe('the race', () => {
  it.each([0, 0.1, 0.3])('finds a candidate that is twice as fast, under noise of %d', async (noise) => {
    const seconds = { 0: 2, 1: 2.2, 2: 1, 3: 3, 4: 1.5 };
    for (const seed of SEEDS) {
      const verdict = await decide(device(seconds, noise, seed), [0, 1, 2, 3, 4]);
      expect(verdict).toMatchObject({ outcome: 'faster', best: 2 });
      expect(verdict.gain!.low).toBeGreaterThan(1 + GAIN);
      expect(verdict.gain!.median).toBeGreaterThan(1.5);
      expect(verdict.gain!.median).toBeLessThan(2.7);
    }
  });

  it('keeps a default that is the fastest', async () => {
    for (const seed of SEEDS) {
      const verdict = await decide(device({ 0: 1, 1: 1.6, 2: 2 }, 0.1, seed), [0, 1, 2]);
      expect(verdict).toMatchObject({ outcome: 'default', best: 0, gain: undefined });
    }
  });

  it.each([
    [0.02, 40],
    [0.2, 1],
  ])('among equals under noise of %d almost never takes another than the default', async (noise, least) => {
    const outcomes = [];
    for (const seed of SEEDS) {
      const d = device({ 0: 1, 1: 1, 2: 1, 3: 1, 4: 1, 5: 1, 6: 1 }, noise, seed);
      const verdict = await decide(d, [0, 1, 2, 3, 4, 5, 6]);
      if (verdict.outcome !== 'faster') expect(verdict.best).toBe(0);
      outcomes.push(verdict.outcome);
    }
    expect(outcomes.filter((o) => o === 'faster').length).toBeLessThanOrEqual(1);
    expect(outcomes.filter((o) => o === 'default').length).toBeGreaterThanOrEqual(least);
  });

  it('leaves out a gain that is too small for a kernel of its own', async () => {
    const verdict = await decide(device({ 0: 1, 1: 1 / (1 + GAIN / 2) }, 0, 1), [0, 1]);
    expect(verdict).toMatchObject({ outcome: 'default', best: 0 });
    const enough = await decide(device({ 0: 1, 1: 1 / (1 + 2 * GAIN) }, 0, 1), [0, 1]);
    expect(enough).toMatchObject({ outcome: 'faster', best: 1 });
  });

  it('measures the gain in rounds after those that chose the candidate', async () => {
    const d = device({ 0: 2, 1: 1 }, 0, 1);
    const { gain, times } = await decide(d, [0, 1]);
    const rounds = d.asked.filter((c) => c.length === 2).length;
    expect(times[1]!.seconds.runs).toBe(5);
    expect(gain!.runs).toBe(9);
    expect(rounds).toBe(gain!.runs + times[1]!.seconds.runs);
  });

  it('has candidates take turns, each first as often', async () => {
    const d = device({ 0: 1, 1: 1, 2: 1 }, 0, 1);
    await decide(d, [0, 1, 2]);
    const rounds = d.asked.filter((c) => c.length === 3);
    expect(rounds.slice(0, 3)).toEqual([
      [0, 1, 2],
      [0, 2, 1],
      [2, 0, 1],
    ]);
  });

  it('drops a hopeless candidate after two rounds', async () => {
    const d = device({ 0: 1, 1: 10, 2: 0.8 }, 0, 1);
    expect(await decide(d, [0, 1, 2])).toMatchObject({ outcome: 'faster', best: 2 });
    // Candidate 1 is measured once to compile, then in two rounds.
    expect(d.asked.filter((c) => c.includes(1))).toHaveLength(3);
  });

  it('goes on without candidates that the device refuses', async () => {
    const d = device({ 0: 2, 1: undefined, 2: 1 }, 0, 1);
    const verdict = await decide(d, [0, 1, 2]);
    expect(verdict).toMatchObject({ outcome: 'faster', best: 2 });
    expect(verdict.times.map((t) => t.candidate)).toEqual([0, 2]);
    expect(await decide(device({ 0: undefined, 1: 1 }, 0, 1), [0, 1])).toMatchObject({
      outcome: 'undecided',
      best: 0,
    });
  });

  it('keeps the default where it is the only candidate', async () => {
    expect(await decide(device({ 0: 1 }, 0, 1), [0])).toMatchObject({ outcome: 'default', best: 0 });
  });
});

describe('the budget', () => {
  const seconds = { 0: 2, 1: 1, 2: 3 };
  it.each([0, 1, 5, 10, 20, 30, 50])(
    'of %d s ends it soon after, and what is not decided keeps the default',
    async (budget) => {
      const d = device(seconds, 0.1, 3);
      const start = d.now();
      const verdict = await decide(d, [0, 1, 2], budget);
      // The race ends with the current round at the latest. A round measures each candidate once (2 + 1 + 3 s), up to
      // 1.1 times as long by noise and 5 times by stalls.
      expect(d.now() - start).toBeLessThan(budget + 5 * 1.1 * (2 + 1 + 3));
      if (verdict.outcome === 'undecided') expect(verdict.best).toBe(0);
      else expect(verdict).toMatchObject({ outcome: 'faster', best: 1 });
    },
  );

  it('that is too short decides nothing, one that is long enough does', async () => {
    expect(await decide(device(seconds, 0.1, 3), [0, 1, 2], 20)).toMatchObject({ outcome: 'undecided' });
    expect(await decide(device(seconds, 0.1, 3), [0, 1, 2], 200)).toMatchObject({ outcome: 'faster' });
  });

  it('of 0 s measures nothing', async () => {
    const d = device(seconds, 0, 1);
    expect(await decide(d, [0, 1, 2], 0)).toEqual({
      outcome: 'undecided',
      best: 0,
      gain: undefined,
      times: [],
    });
    expect(d.asked).toEqual([]);
  });
});

it('the race passes on an error of the measurement', async () => {
  const lost = () => Promise.reject(new Error('lost'));
  await expect(race([0, 1], lost, { budget: 1, now: () => 0 })).rejects.toThrow('lost');
});
