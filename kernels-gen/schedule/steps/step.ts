/** A step of a schedule: a named change of a kernel's loops that keeps the kernel's meaning. */
import { LoopError } from '../../loops/error.ts';
import { checked } from '../../loops/spec.ts';
import type { LoopKernel, Scheduled } from '../../loops/type.ts';

export interface LoopStep {
  /** The step as a person writes it, such as `split i by 64 into group, lane`. */
  readonly says: string;
  readonly apply: (kernel: LoopKernel) => LoopKernel;
}

/**
 * Applies steps in order, and checks the kernel that they make. Throws LoopError for a step that does not fit, or for the
 * first one that makes no kernel.
 */
export function scheduled(naive: LoopKernel, steps: readonly LoopStep[]): Scheduled {
  const each = (kernel: LoopKernel) => steps.reduce((k, step) => checked(step.apply(k)), kernel);
  const again = (kernel: LoopKernel, isEachChecked = false) => {
    if (isEachChecked) return each(kernel);
    try {
      return checked(steps.reduce((k, step) => step.apply(k), kernel));
    } catch (error) {
      if (error instanceof LoopError) each(kernel);
      throw error;
    }
  };
  return { naive, steps: steps.map((s) => s.says), loops: again(naive), again };
}

/** The scheduled loops with more steps applied. */
export function continued(before: Scheduled, more: readonly LoopStep[]): Scheduled {
  const after = scheduled(before.loops, more);
  const again: Scheduled['again'] =
    before.again &&
    ((kernel, isEachChecked) => after.again!(before.again!(kernel, isEachChecked), isEachChecked));
  return {
    ...{ naive: before.naive, steps: [...before.steps, ...after.steps], loops: after.loops },
    ...(again ? { again } : {}),
  };
}
