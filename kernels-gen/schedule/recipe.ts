/** The type of a recipe: the code for one kind of device. */
import type { DeviceClass } from '../../compiler/devices/index.ts';
import type { AttentionPrim } from '../../compiler/primitives/prim.ts';
import type { MatrixShape } from '../../runtime/plan.ts';
import type { ContractionKernel } from '../families/contraction/root.ts';
import type { Emitted, ScheduleOptions, Way } from '../families/family.ts';
import type { MapKernel } from '../families/map/emit.ts';
import type { Reduction } from '../families/reduction/emit.ts';
import type { SolveKernel } from '../families/solve/emit.ts';
import type { FusedBlocks } from '../fuse/blocks.ts';
import type { Replaced } from '../memory/buffers.ts';
import type { ScheduleChoice, Sizes } from './choice.ts';

type Ways<K> = (kernel: K, options: ScheduleOptions) => readonly Way[];

/** The ways to compute each family's kernels, best first. An absent family has portable code alone. */
export interface Recipe {
  /** The recipe's strategies. A class of devices lists those that it runs. */
  readonly strategies: readonly string[];
  readonly contraction?: Ways<ContractionKernel>;
  readonly map?: Ways<MapKernel>;
  /** Ways to compute a reduction whose sums several threads share. */
  readonly reduction?: Ways<Reduction>;
  /** Ways to solve systems that fit into workgroup memory. */
  readonly solve?: Ways<SolveKernel>;
  readonly attention?: Ways<AttentionPrim>;
  readonly blocks?: Ways<{ readonly group: FusedBlocks; readonly over: readonly Replaced[] }>;
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
