/**
 * The shared schedule in double buffers, for GPUs with subgroups of 16 to 64 invocations: its workgroups are whole
 * subgroups of all these sizes. It runs where tuning measures that it is faster on a device.
 */
import { sizesOf } from '../../families/contraction/root.ts';
import { isWhole } from '../../families/contraction/schedule.ts';
import type { Tile } from '../../families/contraction/tile.ts';
import type { Emitted, ScheduleOptions } from '../../families/family.ts';
import { longest } from '../../fuse/axes.ts';
import { type ContractionKernel, productsOf, WORKGROUP_MEMORY } from '../../fuse/kernel.ts';
import type { Scheduled } from '../../loops/type.ts';
import { wholeOf } from '../../memory/overwrite.ts';
import { printWgsl } from '../../print/wgsl.ts';
import { type ScheduleChoice, type Sizes, sized, WHOLE } from '../choice.ts';
import type { ChosenSchedule } from '../recipe.ts';
import { pipeline } from '../steps/pipeline.ts';
import { continued } from '../steps/step.ts';
import { blockOf, sharedLoops, stagedTile, tileOfGroup } from './shared.ts';

/** The largest subgroup that a workgroup consists of. */
const SUBGROUP = 64;
const SIZES = [32, 64];
const sizes: Sizes = { rows: SIZES, cols: SIZES, most: 64 * 64, parts: WHOLE };

export const pipelined: ChosenSchedule = {
  strategy: 'pipelined',
  sizes,
  emit: ({ rows, cols }, kernel) => emit(kernel, tileOfGroup(rows, cols)),
};

/** The code of a kernel, if it is asked for, by the tile that `pipelinedChoice` has; undefined where there is none. */
export function emitPipelined(
  kernel: ContractionKernel,
  { tokens, device, strategy }: ScheduleOptions,
): Emitted | undefined {
  if (strategy !== 'pipelined') return undefined;
  const { batch, m, n } = sizesOf(kernel, tokens);
  const { rows, cols } = pipelinedChoice(batch, m, n, device, wholeOf(kernel));
  return emit(kernel, tileOfGroup(rows, cols));
}

function emit(kernel: ContractionKernel, tile: Tile): Emitted | undefined {
  const isSubgroups = (tile.rowThreads * tile.colThreads) % SUBGROUP === 0;
  if (!isSubgroups || longest(kernel.root.over) === undefined || !isWhole(kernel, tile)) return undefined;
  const code = printWgsl(pipelinedLoops(kernel, tile));
  // Both buffers of the largest tile fill the memory that every device has. A product with a tile of its own has no room.
  return code.module.workgroupBytes <= 4 * WORKGROUP_MEMORY ? code : undefined;
}

/** The loops of a kernel in canonical form by a tile: those of the shared schedule, with each product pipelined. */
export const pipelinedLoops = (kernel: ContractionKernel, tile: Tile): Scheduled =>
  continued(sharedLoops(kernel, tile), [pipeline(productsOf(kernel).map(blockOf))]);

/** The choice with the tile of `shared`, or the least that has whole subgroups. */
export function pipelinedChoice(...work: Parameters<typeof stagedTile>): ScheduleChoice {
  const { tile } = stagedTile(...work);
  const [rows, cols] = [tile.rows * tile.rowThreads, tile.cols * tile.colThreads];
  return sized('pipelined', Math.max(SIZES[0]!, rows), Math.max(SIZES[0]!, cols));
}
