/** Ways to compute fused blocks: one subgroup computes each block. */

import { canonical } from '../../../families/contraction/root.ts';
import type { ScheduleOptions, Way } from '../../../families/family.ts';
import type { FusedBlocks } from '../../../fuse/blocks.ts';
import type { Replaced } from '../../../memory/buffers.ts';
import { printWgsl } from '../../../print/wgsl.ts';
import { LANES } from '../lanes.ts';
import { soleLaneSchedule } from '../tiles.ts';
import { keptBlocksLoops } from './schedule.ts';
import { directly, emitBlocks, type Workers } from './threads.ts';

export function blockWays(
  { group, over }: { readonly group: FusedBlocks; readonly over: readonly Replaced[] },
  { device }: ScheduleOptions,
): readonly Way[] {
  // In lockstep, a subgroup finishes a store before its next load. With barriers, the driver would make the
  // kernel a coroutine.
  const isLockstep = device.lockstep;
  const emit = () => {
    const kept = keptBlocksLoops(group, over, isLockstep);
    return kept ? printWgsl(kept, { isLockstep }) : emitBlocks(group, inTiles(!isLockstep), over);
  };
  return [{ strategy: 'lanes', emit }];
}

/** The lanes of a subgroup, which compute each product in tiles, one after another. */
const inTiles = (barriers: boolean): Workers => ({
  threads: LANES,
  barriers,
  rolled: true,
  scheduleOf: (k) => soleLaneSchedule(k) ?? directly(canonical(k), LANES),
});
