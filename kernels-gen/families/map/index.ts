/** Generates element-wise kernels. */
import { flopsOf } from '../../fuse/cost.ts';
import { RECIPES } from '../../schedule/index.ts';
import { extentOf, mulExtent } from '../../wgsl/size.ts';
import {
  chosen,
  count,
  type Generated,
  lazily,
  type ScheduleOptions,
  tensorsLoaded,
  trafficOf,
} from '../family.ts';
import { emitMap, type MapKernel } from './emit.ts';

const WORKGROUP = 64;

export function generateMap(kernel: MapKernel, options: ScheduleOptions): Generated {
  const { root } = kernel;
  const reads = tensorsLoaded([root.body], root.args);
  const flops = mulExtent(extentOf(count(root.axes)), flopsOf(root.body));
  return lazily({ family: 'map', reads, scratch: null, flops, bytes: trafficOf(reads, kernel) }, () => {
    const ways = RECIPES.flatMap((r) => r.map?.(kernel, options) ?? []);
    return chosen(options, () => emitMap(kernel, WORKGROUP, 1), ways);
  });
}
