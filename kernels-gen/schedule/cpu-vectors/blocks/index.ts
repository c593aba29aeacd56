/** Ways to compute fused blocks: one subgroup computes each block. */

import type { ScheduleOptions, Way } from '../../../families/family.ts';
import type { FusedBlocks } from '../../../fuse/blocks.ts';
import type { Replaced } from '../../../memory/buffers.ts';
import { printWgsl } from '../../../print/wgsl.ts';
import { shuffles } from '../lanes.ts';
import { laneBlocksLoops } from './schedule.ts';

export function blockWays(
  { group, over }: { readonly group: FusedBlocks; readonly over: readonly Replaced[] },
  { device }: ScheduleOptions,
): readonly Way[] {
  // In lockstep, a subgroup finishes a store before its next load. With barriers, the driver would make the
  // kernel a coroutine.
  const isLockstep = device.lockstep;
  const emit = () => printWgsl(laneBlocksLoops(group, over, isLockstep), { isLockstep, shuffles });
  return [{ strategy: 'lanes', emit }];
}
