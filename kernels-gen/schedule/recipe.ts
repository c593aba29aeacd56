/** What a recipe is: the code of one kind of device, for the kernels that it has schedules for. */
import type { DeviceClass } from '../../compiler/devices/index.ts';
import type { AttentionPrim } from '../../compiler/primitives/prim.ts';
import type { MatrixShape } from '../../runtime/plan.ts';
import type { Replaced } from '../buffers.ts';
import type { ContractionKernel } from '../families/contraction/root.ts';
import type { Emitted, ScheduleOptions, Way } from '../families/family.ts';
import type { MapKernel } from '../families/map/emit.ts';
import type { Reduction } from '../families/reduction/emit.ts';
import type { SolveKernel } from '../families/solve/emit.ts';
import type { FusedBlocks } from '../fuse/blocks.ts';
import type { ScheduleChoice, Sizes } from './choice.ts';

type Ways<K> = (kernel: K, options: ScheduleOptions) => readonly Way[];

/** Ways by family, the best first; a family that is absent has portable code alone. */
export interface Recipe {
  /** The strategies that the ways are of. A class of devices lists those that it runs. */
  readonly strategies: readonly string[];
  readonly contraction?: Ways<ContractionKernel>;
  readonly map?: Ways<MapKernel>;
  /** Ways to compute a reduction that several threads share. */
  readonly reduction?: Ways<Reduction>;
  /** Ways to solve systems that workgroup memory holds. */
  readonly solve?: Ways<SolveKernel>;
  readonly attention?: Ways<AttentionPrim>;
  readonly blocks?: Ways<{ readonly group: FusedBlocks; readonly over: readonly Replaced[] }>;
  /** The schedules of contractions that can be asked for, by name. */
  readonly choices: Readonly<Record<string, ChosenSchedule>>;
  /** The choices that tuning measures on a class; undefined where it has none for a kernel. */
  choicesOf(
    kernel: ContractionKernel,
    tokens: number,
    device: DeviceClass,
  ): readonly ScheduleChoice[] | undefined;
}

/** A schedule that can be asked for with sizes. */
export interface ChosenSchedule {
  readonly strategy: string;
  readonly sizes: Sizes;
  /** undefined where the kernel has no such code. */
  emit(choice: ScheduleChoice, kernel: ContractionKernel, options: ScheduleOptions): Emitted | undefined;
  /** The subgroup matrices that it is for. */
  matrix?(kernel: ContractionKernel): MatrixShape | undefined;
}
