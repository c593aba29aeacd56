/** Long reductions: the lanes of a subgroup share one, or each lane has its own. */
import type { ScheduleOptions, Way } from '../../families/family.ts';
import { emitReduction, type Reduction } from '../../families/reduction/schedule.ts';
import { extents } from '../../fuse/axes.ts';
import { sizeAt } from '../../fuse/cost.ts';
import { LANES } from './lanes.ts';

export function reductionWays(reduction: Reduction, { tokens }: ScheduleOptions): readonly Way[] {
  const { kernel, shape } = reduction;
  const along = shape.results === 1 || sizeAt(extents(kernel.root.axes), tokens) < LANES;
  const inLanes = along
    ? { results: 1, threads: LANES, subgroup: true as const }
    : { results: LANES, threads: 1 };
  return [{ strategy: 'lanes', emit: () => emitReduction({ ...reduction, shape: inLanes }) }];
}
