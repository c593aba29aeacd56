/** Reductions. The lanes of a subgroup share a long one, or each lane has one or four neighbours of its own. */
import { cpuVectors } from '../../../compiler/devices/index.ts';
import { constantOf } from '../../../compiler/dims/dims.ts';
import { loadsOf } from '../../../compiler/primitives/visit.ts';
import type { ScheduleOptions, Way } from '../../families/family.ts';
import { emitReduction, type Reduction } from '../../families/reduction/schedule.ts';
import { isMultiple, isOfVectors, isVector } from '../../families/vectors.ts';
import { extents } from '../../fuse/axes.ts';
import { sizeAt } from '../../fuse/cost.ts';
import type { ReductionKernel } from '../../fuse/kernel.ts';
import { VECTOR } from '../../loops/type.ts';
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
  const vectors = vectorsOf(reduction.kernel, tokens);
  const inLanes = along
    ? { results: 1, threads: LANES, subgroup: true as const }
    : { results: LANES, threads: 1, ...(vectors ? { vectors } : {}) };
  return [{ strategy: 'lanes', emit: () => emitReduction({ ...reduction, shape: inLanes }) }];
}

/**
 * The numbers of the buffers that lanes load and store as vectors of neighbouring results. Undefined where results or
 * loads are no whole vectors, where vectors would leave too few workgroups, and for a reduction with an epilogue, whose
 * loads are not looked at.
 */
function vectorsOf(
  { tensor, root, epilogue }: ReductionKernel,
  tokens: number,
): readonly number[] | undefined {
  const last = root.axes.at(-1)!;
  const results = sizeAt(extents(root.axes), tokens);
  if (!isOfVectors(tensor) || !isMultiple(constantOf(last.extent)) || epilogue) return undefined;
  if (results < LANES * VECTOR * cpuVectors.workgroups) return undefined;
  const loads = loadsOf(root.body);
  if (!loads.every((l) => !l.integer && isVector(l, last, root))) return undefined;
  return [...new Set(loads.map((l) => l.arg)), root.args.length];
}
