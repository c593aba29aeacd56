/** What the schedules in lanes are chosen by: cycles of a CPU whose vectors are a subgroup, fitted on one (docs/benchmarks.md). */
import { DEVICES } from '../../../compiler/rewrite/devices.ts';
import type { Schedule } from './emit.ts';

/** A schedule and what it is expected to take. */
export type LaneSchedule = Schedule & { readonly cycles: number };

/** The faster of two, the first of equals. */
export function faster(a: LaneSchedule | undefined, b: LaneSchedule | undefined): LaneSchedule | undefined {
  if (!a || !b) return a ?? b;
  return a.cycles <= b.cycles ? a : b;
}

export const { cycles: CYCLES, workgroups: PARALLEL, minWork: MIN_WORK } = DEVICES.software;
