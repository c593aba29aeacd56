/** Schedules that were measured: what a tuning table keeps of a kernel. */
import type { ScheduleChoice } from './schedule/choice.ts';

/** A schedule that was measured to be the best of a kernel on an adapter. */
export interface TunedSchedule {
  readonly adapter: string;
  readonly key: string;
  /** Up to as many tokens as this; null where the kernel's sizes do not depend on them. */
  readonly bucket: number | null;
  readonly choice: ScheduleChoice;
}
