/** Generates element-wise kernels. */
import { printDim } from '../../../compiler/dims/dims.ts';
import { getOrMake } from '../../../compiler/keyed.ts';
import { keyOf } from '../../../compiler/primitives/affine.ts';
import { count } from '../../fuse/axes.ts';
import { flopsOf } from '../../fuse/cost.ts';
import { extentOf, mulExtent } from '../../wgsl/size.ts';
import { keyOfAxes, keysOfArgs } from '../contraction/root.ts';
import {
  chosen,
  type Generated,
  lazily,
  type ScheduleOptions,
  tensorsLoaded,
  trafficOf,
  type Ways,
} from '../family.ts';
import { canonicalMap, emitMap, type MapKernel } from './schedule.ts';

const WORKGROUP = 64;

export function generateMap(kernel: MapKernel, options: ScheduleOptions, ways: Ways<MapKernel>): Generated {
  const { root } = kernel;
  const reads = tensorsLoaded([root.body], root.args);
  const flops = mulExtent(extentOf(count(root.axes)), flopsOf(root.body));
  return lazily({ family: 'map', reads, scratch: null, flops, bytes: trafficOf(reads, kernel) }, () => {
    const key = keyOfMap(canonicalMap(kernel));
    return getOrMake(options.printed, key, () =>
      chosen(options, () => emitMap(kernel, WORKGROUP, 1), ways(kernel, options)),
    );
  });
}

/** The key of a canonical kernel. Equal keys have the same code. */
function keyOfMap({ root, tensor, overwrites }: MapKernel): string {
  const over = overwrites ? root.args.indexOf(overwrites.tensor) : -1;
  const stored = `${tensor.dtype} ${tensor.shape.map(printDim).join()}`;
  return ['map', stored, keyOfAxes(root.axes), keyOf(root.body), ...keysOfArgs(root.args), over].join('; ');
}
