/** Element-wise kernels. */
import { flopsOf } from '../../fuse/cost.ts';
import { RECIPES } from '../../schedule/index.ts';
import { extentOf, mulExtent } from '../../wgsl/size.ts';
import { chosen, count, type Generated, type ScheduleOptions, tensorsRead, trafficOf } from '../family.ts';
import { emitMap, type MapKernel } from './emit.ts';

const WORKGROUP = 64;

export function generateMap(kernel: MapKernel, options: ScheduleOptions): Generated {
  const { root } = kernel;
  const ways = RECIPES.flatMap((r) => r.map?.(kernel, options) ?? []);
  const printed = chosen(options, () => emitMap(kernel, WORKGROUP, 1), ways);
  const used = tensorsRead(printed, root.args);
  return {
    family: 'map',
    printed,
    reads: used,
    scratch: null,
    flops: mulExtent(extentOf(count(root.axes)), flopsOf(root.body)),
    bytes: trafficOf(used, kernel),
  };
}
