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

export function mapWays(kernel: MapKernel, { tokens }: ScheduleOptions): readonly Way[] {
  const { root } = kernel;
  const steps = sizeAt([count(root.axes)], tokens) / (LANES * cpuVectors.maps);
  const last = root.axes.at(-1);
  const vectors =
    steps >= VECTOR && last && isMultiple(constantOf(last.extent)) && isOfVectors(kernel.tensor);
  const vectorWidth = vectors ? VECTOR : 1;
  const each = Math.ceil(Math.min(MOST_EACH, steps) / vectorWidth);
  return [{ strategy: 'lanes', emit: () => emitMap(kernel, LANES, each, vectorWidth) }];
}
