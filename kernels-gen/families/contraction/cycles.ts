/** What the schedules in lanes are chosen by: cycles of a CPU whose vectors are a subgroup, fitted on one (docs/benchmarks.md). */
import type { Schedule } from './emit.ts';

/** A schedule and what it is expected to take. */
export type LaneSchedule = Schedule & { readonly cycles: number };

/** The faster of two, the first of equals. */
export function faster(a: LaneSchedule | undefined, b: LaneSchedule | undefined): LaneSchedule | undefined {
  if (!a || !b) return a ?? b;
  return a.cycles <= b.cycles ? a : b;
}

/** Of a load by all lanes, of handing on one value, and of one multiply-add of all lanes. */
export const CYCLES = { load: 22, shuffle: 3, multiplyAdd: 1.5 } as const;
/** Subgroups that keep a device busy. */
export const PARALLEL = 16;
/** Below this many multiply-adds a launch takes longer than the sums. */
export const MIN_WORK = 1 << 14;
