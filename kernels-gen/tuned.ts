/** Schedules that were measured, as data: what a tuning table keeps of a kernel. */

/** The ways to compute a contraction that can be asked for by name; tune/choice.ts has the sizes of each. */
export type Way =
  | 'direct'
  | 'lanes'
  | 'exchanged lanes'
  | 'stationary'
  | 'exchanged stationary'
  | 'dots'
  | 'shared'
  | 'split'
  | 'matrix f32'
  | 'matrix f16';

/** Results of a thread or a lane, of a workgroup's tile, or elements one after the other; workgroups that share a sum. */
export interface Choice {
  readonly way: Way;
  readonly rows: number;
  readonly cols: number;
  readonly parts: number;
}

/** A schedule that was measured to be the best of a kernel on an adapter. */
export interface TunedSchedule {
  readonly adapter: string;
  readonly key: string;
  /** Up to as many tokens as this; null where the kernel's sizes do not depend on them. */
  readonly bucket: number | null;
  readonly choice: Choice;
}
