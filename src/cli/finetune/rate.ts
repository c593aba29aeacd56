/** Checks the learning rates of `oftc finetune`. */
import type { RateSchedule } from '../../finetune/loop/schedule.ts';
import { UsageError } from '../usage.ts';

export interface RateArguments {
  /** The highest learning rate. */
  readonly lr: number;
  /** The rate that a falling schedule ends at. */
  readonly lrMin?: number;
  readonly schedule: RateSchedule;
}

/** The rate that the schedule ends at. Throws UsageError for one above --lr, or with a schedule that does not fall. */
export function leastRate({ lr, lrMin, schedule }: RateArguments): number {
  if (lrMin === undefined) return 0;
  if (schedule === 'constant')
    throw new UsageError(
      `--schedule constant stays at --lr ${lr}, and falls to no --lr-min: leave --lr-min out, or give --schedule cosine or linear`,
    );
  if (lrMin > lr)
    throw new UsageError(`--lr-min ${lrMin} is above --lr ${lr}, from which the rate falls: choose less`);
  return lrMin;
}
