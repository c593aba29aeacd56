/** A step of a schedule: a named change of a kernel's loops that keeps the kernel's meaning. */
import { checked } from '../../loops/spec.ts';
import type { LoopKernel, Scheduled } from '../../loops/type.ts';

export interface LoopStep {
  /** The step as a person writes it, such as `split i by 64 into group, lane`. */
  readonly says: string;
  readonly apply: (kernel: LoopKernel) => LoopKernel;
}

/** Applies steps in order, and checks the kernel after each. Throws LoopError for a step that does not fit. */
export const scheduled = (naive: LoopKernel, steps: readonly LoopStep[]): Scheduled => ({
  naive,
  steps: steps.map((s) => s.says),
  loops: steps.reduce((k, step) => checked(step.apply(k)), naive),
});

/** The scheduled loops with more steps applied. */
export const continued = ({ naive, steps, loops }: Scheduled, more: readonly LoopStep[]): Scheduled => {
  const next = scheduled(loops, more);
  return { naive, steps: [...steps, ...next.steps], loops: next.loops };
};
