/** Generates element-wise kernels. */
import { count } from '../../fuse/axes.ts';
import { flopsOf } from '../../fuse/cost.ts';
import { extentOf, mulExtent } from '../../wgsl/size.ts';
import {
  chosen,
  type Generated,
  lazily,
  type ScheduleOptions,
  tensorsLoaded,
  trafficOf,
  type Ways,
} from '../family.ts';
import { emitMap, type MapKernel } from './schedule.ts';

const WORKGROUP = 64;

export function generateMap(kernel: MapKernel, options: ScheduleOptions, ways: Ways<MapKernel>): Generated {
  const { root } = kernel;
  const reads = tensorsLoaded([root.body], root.args);
  const flops = mulExtent(extentOf(count(root.axes)), flopsOf(root.body));
  return lazily({ family: 'map', reads, scratch: null, flops, bytes: trafficOf(reads, kernel) }, () =>
    chosen(options, () => emitMap(kernel, WORKGROUP, 1), ways(kernel, options)),
  );
}
