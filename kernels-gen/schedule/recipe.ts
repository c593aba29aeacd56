/** The type of a recipe: the code for one kind of device. */
import type { DeviceClass } from '../../compiler/devices/index.ts';
import type { MatrixShape } from '../../runtime/plan.ts';
import type { Emitted, ScheduleOptions } from '../families/family.ts';
import type { FamilyWays } from '../families/index.ts';
import type { ContractionKernel } from '../fuse/kernel.ts';
import type { ScheduleChoice, Sizes } from './choice.ts';

/** The ways to compute each family's kernels, best first. An absent family has portable code alone. */
export interface Recipe extends Partial<FamilyWays> {
  /** The recipe's strategies. A class of devices lists those that it runs. */
  readonly strategies: readonly string[];
  /** The schedules of contractions that tuning can ask for, by name. */
  readonly choices: Readonly<Record<string, ChosenSchedule>>;
  /** The choices that tuning measures on a class of devices; undefined where the recipe has none for a kernel. */
  choicesOf(
    kernel: ContractionKernel,
    tokens: number,
    device: DeviceClass,
  ): readonly ScheduleChoice[] | undefined;
}

/** A schedule that tuning can ask for, with sizes. */
export interface ChosenSchedule {
  readonly strategy: string;
  readonly sizes: Sizes;
  /** The code of a kernel by this schedule; undefined where the kernel has no such code. */
  emit(choice: ScheduleChoice, kernel: ContractionKernel, options: ScheduleOptions): Emitted | undefined;
  /** The shape of the subgroup matrices that the code needs. */
  matrix?(kernel: ContractionKernel): MatrixShape | undefined;
}
