/** Checks the learning rates of `oftc finetune`. */
import type { RateSchedule } from '../../finetune/loop/schedule.ts';
import { UsageError } from '../usage-error.ts';
import { type Named, onCommandLine } from './named.ts';

export interface RateArguments {
  /** The highest learning rate. */
  readonly lr: number;
  /** The rate that a falling schedule ends at. */
  readonly lrMin?: number;
  readonly schedule: RateSchedule;
}

/** The rate that the schedule ends at. Throws UsageError for one above --lr, or with a schedule that does not fall. */
export function leastRate({ lr, lrMin, schedule }: RateArguments, named: Named = onCommandLine): number {
  if (lrMin === undefined) return 0;
  if (schedule === 'constant')
    throw new UsageError(
      `${named('schedule', schedule)} stays at ${named('lr', lr)}, and falls to no ${named('lr-min')}: leave it out, or give --schedule cosine or linear`,
    );
  if (lrMin > lr)
    throw new UsageError(
      `${named('lr-min', lrMin)} is above ${named('lr', lr)}, from which the rate falls: choose less`,
    );
  return lrMin;
}
