/** A step of a schedule: a named change of a kernel's loops that keeps the kernel's meaning. */
import { checked } from '../../loops/spec.ts';
import type { LoopKernel, Scheduled } from '../../loops/type.ts';

export interface LoopStep {
  /** The step as a person writes it, such as `split i by 64 into group, lane`. */
  readonly says: string;
  readonly apply: (kernel: LoopKernel) => LoopKernel;
}

/** Applies steps in order, and checks the kernel after each. Throws LoopError for a step that does not fit. */
export function scheduled(naive: LoopKernel, steps: readonly LoopStep[]): Scheduled {
  const again = (kernel: LoopKernel) => steps.reduce((k, step) => checked(step.apply(k)), kernel);
  return { naive, steps: steps.map((s) => s.says), loops: again(naive), again };
}

/** The scheduled loops with more steps applied. */
export function continued(before: Scheduled, more: readonly LoopStep[]): Scheduled {
  const after = scheduled(before.loops, more);
  const again = before.again && ((kernel: LoopKernel) => after.again!(before.again!(kernel)));
  return {
    ...{ naive: before.naive, steps: [...before.steps, ...after.steps], loops: after.loops },
    ...(again ? { again } : {}),
  };
}
