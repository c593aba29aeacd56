/** The learning rate of each step, a function of the step alone: a run that is resumed has the same. */

export const RATE_SCHEDULES = ['cosine', 'linear', 'constant'] as const;
export type RateSchedule = (typeof RATE_SCHEDULES)[number];

export interface RateOptions {
  readonly rate: number;
  readonly schedule: RateSchedule;
  /** Steps over which the rate rises from rate/warmup to rate. */
  readonly warmup: number;
  readonly steps: number;
}

/** The rate of step 0, 1, …: it rises linearly, then falls along half a cosine or a line that would reach 0 at `steps`. */
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
