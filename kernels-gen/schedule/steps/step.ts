/** A step of a schedule: a named change of a kernel's loops that keeps the kernel's meaning. */
import { checked } from '../../loops/spec.ts';
import type { LoopKernel } from '../../loops/type.ts';

export interface LoopStep {
  /** The step as a person writes it, such as `split i by 64 into group, lane`. */
  readonly says: string;
  readonly apply: (kernel: LoopKernel) => LoopKernel;
}

/** Applies steps in order, and checks the kernel after each. Throws LoopError for a step that does not fit. */
export const scheduled = (kernel: LoopKernel, steps: readonly LoopStep[]): LoopKernel =>
  steps.reduce((k, step) => checked(step.apply(k)), kernel);
