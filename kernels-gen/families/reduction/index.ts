/** Generates reductions: sums and maxima over some axes. */
import type { Axis } from '../../../compiler/primitives/prim.ts';
import { count } from '../../fuse/axes.ts';
import { flopsOf, sizeAt } from '../../fuse/cost.ts';
import { expressionsIn } from '../../fuse/kernel.ts';
import { addExtent, extentOf, mulExtent, productExtent } from '../../wgsl/size.ts';
import {
  chosen,
  type Generated,
  lazily,
  type ScheduleOptions,
  tensorsLoaded,
  trafficOf,
  type Ways,
} from '../family.ts';
import { canonical, emitReduction, type Reduction, type ReductionKernel, shapeOf } from './schedule.ts';

export function generateReduction(
  kernel: ReductionKernel,
  options: ScheduleOptions,
  ways: Ways<Reduction>,
): Generated {
  const own = canonical(kernel);
  const { root, epilogue } = own;
  const length = (a: Axis) => sizeAt([a.extent], options.tokens);
  const spread = root.over.reduce<Axis | undefined>(
    (m, a) => (m && length(m) >= length(a) ? m : a),
    undefined,
  );
  const shape = shapeOf(root, spread);
  const reduction = { kernel: own, spread, shape };
  const reads = tensorsLoaded(expressionsIn(own), root.args);
  const elements = extentOf(count(root.axes));
  const terms = productExtent([elements, extentOf(count(root.over)), 1 + flopsOf(root.body)]);
  const flops = addExtent(terms, mulExtent(elements, epilogue ? flopsOf(epilogue) : 0));
  return lazily({ family: 'reduction', reads, scratch: null, flops, bytes: trafficOf(reads, own) }, () =>
    chosen(options, () => emitReduction(reduction), ways(reduction, options)),
  );
}
