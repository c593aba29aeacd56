/** Measured schedules, as a tuning table has them for each kernel. */
import type { ScheduleChoice } from './schedule/choice.ts';

/** A schedule that was measured to be the best of a kernel on an adapter. */
export interface TunedSchedule {
  readonly adapter: string;
  readonly key: string;
  /** The largest token count that the schedule is for; null where the kernel's sizes do not depend on `tokens`. */
  readonly bucket: number | null;
  readonly choice: ScheduleChoice;
}
