/** Reductions: sums and maxima over some axes. */
import type { Axis } from '../../../compiler/primitives/prim.ts';
import { flopsOf, sizeAt } from '../../fuse/cost.ts';
import { RECIPES } from '../../schedule/index.ts';
import { addExtent, extentOf, mulExtent, productExtent } from '../../wgsl/size.ts';
import { chosen, count, type Generated, type ScheduleOptions, tensorsRead, trafficOf } from '../family.ts';
import { canonical, emitReduction, type ReductionKernel, shapeOf } from './emit.ts';

export function generateReduction(kernel: ReductionKernel, options: ScheduleOptions): Generated {
  const own = canonical(kernel);
  const { root, epilogue } = own;
  const length = (a: Axis) => sizeAt([a.extent], options.tokens);
  const spread = root.over.reduce<Axis | undefined>(
    (m, a) => (m && length(m) >= length(a) ? m : a),
    undefined,
  );
  const shape = shapeOf(root, spread);
  const reduction = { kernel: own, spread, shape };
  const ways = shape.threads === 1 ? [] : RECIPES.flatMap((r) => r.reduction?.(reduction, options) ?? []);
  const printed = chosen(options, () => emitReduction(reduction), ways);
  const used = tensorsRead(printed, root.args);
  const elements = extentOf(count(root.axes));
  const terms = productExtent([elements, extentOf(count(root.over)), 1 + flopsOf(root.body)]);
  return {
    family: 'reduction',
    printed,
    reads: used,
    scratch: null,
    flops: addExtent(terms, mulExtent(elements, epilogue ? flopsOf(epilogue) : 0)),
    bytes: trafficOf(used, kernel),
  };
}
