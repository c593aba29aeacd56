/** Computes the learning rate of each step from the step alone, so that a resumed run has the same rates. */

export const RATE_SCHEDULES = ['cosine', 'linear', 'constant'] as const;
export type RateSchedule = (typeof RATE_SCHEDULES)[number];

export interface RateOptions {
  readonly rate: number;
  readonly schedule: RateSchedule;
  /** The number of steps over which the rate rises from rate/warmup to rate. */
  readonly warmup: number;
  readonly steps: number;
}

/** The rate of step 0, 1, …: it rises linearly, then follows half a cosine or a line to 0 at `steps`, or stays. */
export function rateAt(step: number, { rate, schedule, warmup, steps }: RateOptions): number {
  if (step < warmup) return (rate * (step + 1)) / warmup;
  const done = (step - warmup) / (steps - warmup);
  switch (schedule) {
    case 'cosine':
      return (rate * (1 + Math.cos(Math.PI * done))) / 2;
    case 'linear':
      return rate * (1 - done);
    case 'constant':
      return rate;
    default:
      throw new TypeError(`unknown schedule ${schedule satisfies never}`);
  }
}
