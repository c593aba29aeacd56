/** Computes the learning rate of each step from the step alone, so that a resumed run has the same rates. */

export const RATE_SCHEDULES = ['cosine', 'linear', 'constant'] as const;
export type RateSchedule = (typeof RATE_SCHEDULES)[number];

export interface RateOptions {
  readonly rate: number;
  /** The rate that a falling schedule ends at: torch's `eta_min`. */
  readonly least?: number;
  readonly schedule: RateSchedule;
  /** The number of steps over which the rate rises from rate/warmup to rate. */
  readonly warmup: number;
  readonly steps: number;
}

/**
 * The rate of step 0, 1, …: it rises linearly, then follows half a cosine or a line to `least` at `steps`, or stays.
 * A warm-up may begin below `least`.
 */
export function rateAt(step: number, { rate, least = 0, schedule, warmup, steps }: RateOptions): number {
  if (step < warmup) return (rate * (step + 1)) / warmup;
  const done = (step - warmup) / (steps - warmup);
  switch (schedule) {
    case 'cosine':
      return least + ((rate - least) * (1 + Math.cos(Math.PI * done))) / 2;
    case 'linear':
      return least + (rate - least) * (1 - done);
    case 'constant':
      return rate;
    default:
      throw new TypeError(`unknown schedule ${schedule satisfies never}`);
  }
}
