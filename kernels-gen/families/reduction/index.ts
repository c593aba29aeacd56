/** Generates reductions: sums and maxima over some axes. */
import type { Axis } from '../../../compiler/primitives/prim.ts';
import { flopsOfReduction } from '../../flops.ts';
import { sizeAt } from '../../fuse/cost.ts';
import { expressionsIn, type ReductionKernel } from '../../fuse/kernel.ts';
import {
  chosen,
  type Generated,
  lazily,
  type ScheduleOptions,
  tensorsLoaded,
  trafficOf,
  type Ways,
} from '../family.ts';
import { canonical, emitReduction, type Reduction, shapeOf } from './schedule.ts';

export function generateReduction(
  kernel: ReductionKernel,
  options: ScheduleOptions,
  ways: Ways<Reduction>,
): Generated {
  const own = canonical(kernel);
  const { root } = own;
  const length = (a: Axis) => sizeAt([a.extent], options.tokens);
  const spread = root.over.reduce<Axis | undefined>(
    (m, a) => (m && length(m) >= length(a) ? m : a),
    undefined,
  );
  const shape = shapeOf(root, spread);
  const reduction = { kernel: own, spread, shape };
  const reads = tensorsLoaded(expressionsIn(own), root.args);
  const flops = flopsOfReduction(own);
  return lazily({ family: 'reduction', reads, scratch: null, flops, bytes: trafficOf(reads, own) }, () =>
    chosen(options, () => emitReduction(reduction), ways(reduction, options)),
  );
}
