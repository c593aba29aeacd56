/** Element-wise kernels in lanes. A lane computes several elements, which takes no longer than starting a workgroup. */
import { cpuVectors } from '../../../compiler/devices/index.ts';
import { constantOf } from '../../../compiler/dims/dims.ts';
import type { ScheduleOptions, Way } from '../../families/family.ts';
import { emitMap, type MapKernel } from '../../families/map/schedule.ts';
import { isMultiple, isOfVectors } from '../../families/vectors.ts';
import { count } from '../../fuse/axes.ts';
import { sizeAt } from '../../fuse/cost.ts';
import { VECTOR } from '../../wgsl/vectors.ts';
import { LANES } from './lanes.ts';

/** The largest number of elements that a lane computes. */
const MOST_EACH = 64;

/**
 * Whether a map goes over tokens alone, as an optimiser does over a tensor's elements. Their count is seldom the
 * typical one, and
 * a lane then computes as many as it may.
 */
const isFlat = ({ axes }: MapKernel['root']): boolean =>
  axes.length === 1 && constantOf(axes[0]!.extent) === undefined;

export function mapWays(kernel: MapKernel, { tokens }: ScheduleOptions): readonly Way[] {
  const { root } = kernel;
  const steps = isFlat(root) ? MOST_EACH : sizeAt([count(root.axes)], tokens) / (LANES * cpuVectors.maps);
  const last = root.axes.at(-1);
  const vectors =
    steps >= VECTOR && last && isMultiple(constantOf(last.extent)) && isOfVectors(kernel.tensor);
  const vectorWidth = vectors ? VECTOR : 1;
  const each = Math.ceil(Math.min(MOST_EACH, steps) / vectorWidth);
  return [{ strategy: 'lanes', emit: () => emitMap(kernel, LANES, each, vectorWidth) }];
}
