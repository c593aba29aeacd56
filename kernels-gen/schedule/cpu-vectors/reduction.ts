/** Reductions. The lanes of a subgroup share a long one, or each lane has its own. */
import type { ScheduleOptions, Way } from '../../families/family.ts';
import { emitReduction, type Reduction } from '../../families/reduction/schedule.ts';
import { extents } from '../../fuse/axes.ts';
import { sizeAt } from '../../fuse/cost.ts';
import { roll } from '../steps/roll.ts';
import { LANES } from './lanes.ts';

/**
 * The largest lengths of loops that lavapipe unrolls `well`, and at all. A sum of 4 to 16 terms runs in 0.85 of the time that its loop takes. A sum of 32
 * terms takes 1.7 times as long as its loop, and compiles in 0.58 s instead of 0.05 s.
 */
const UNROLLED = { well: 16, most: 32 };

export function reductionWays(reduction: Reduction, { tokens }: ScheduleOptions): readonly Way[] {
  const { kernel, shape } = reduction;
  if (shape.threads === 1) {
    const isSlow = kernel.root.over.some(({ extent }) => {
      const length = sizeAt([extent], tokens);
      return length > UNROLLED.well && length <= UNROLLED.most;
    });
    return isSlow ? [{ strategy: 'lanes', emit: () => emitReduction(reduction, [roll]) }] : [];
  }
  const along = shape.results === 1 || sizeAt(extents(kernel.root.axes), tokens) < LANES;
  const inLanes = along
    ? { results: 1, threads: LANES, subgroup: true as const }
    : { results: LANES, threads: 1 };
  return [{ strategy: 'lanes', emit: () => emitReduction({ ...reduction, shape: inLanes }) }];
}
