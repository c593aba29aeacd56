/**
 * Contractions: out[batch, m, n] = Σ_k a[batch, m, k]·b[batch, k, n], where batch, m, n and k are groups of
 * axes. Each thread keeps a tile of results in registers; strategies differ in how operands come to it.
 */
import { constantOf } from '../../../compiler/ir/dims.ts';
import type { Expr } from '../../../compiler/primitives/expr.ts';
import type { Axis, ContractionPrim } from '../../../compiler/primitives/prim.ts';
import type { Extent } from '../../../runtime/plan.ts';
import { flopsOf } from '../../fuse/cost.ts';
import { addExtent, extentOf, mulExtent, productExtent } from '../../wgsl/size.ts';
import {
  chosen,
  count,
  type Generated,
  type Printed,
  type ScheduleOptions,
  tensorsRead,
  trafficOf,
  type Way,
} from '../family.ts';
import { wholeOf } from '../overwrite.ts';
import { tunedWays } from './choices.ts';
import { faster } from './cycles.ts';
import { directly } from './direct.ts';
import { dotSchedule } from './dots.ts';
import { emitContraction } from './emit.ts';
import type { Schedule } from './frame.ts';
import { laneSchedules } from './lanes.ts';
import { matrixSchedule, matrixShapes } from './matrix.ts';
import {
  type ContractionKernel,
  canonical,
  classify,
  exchanged,
  type Groups,
  keyOfKernel,
  productsOf,
  sizesOf,
} from './root.ts';
import { sharedSchedule } from './shared.ts';
import { emitSplit, partsOf } from './split.ts';
import { stationarySchedules } from './stationary.ts';
import { chooseTile, wholeTile } from './tile.ts';

export function generateContraction(written: ContractionKernel, options: ScheduleOptions): Generated {
  const kernel = canonical(written);
  const key = keyOfKernel(kernel);
  const printed = options.printed.get(key) ?? print(kernel, options);
  options.printed.set(key, printed);
  const reads = tensorsRead(printed, kernel.root.args);
  return {
    family: 'contraction',
    printed,
    reads,
    scratch: null,
    flops: flops(kernel),
    bytes: trafficOf(reads, kernel),
  };
}

function print(kernel: ContractionKernel, options: ScheduleOptions): Printed {
  const groups = classify(kernel.root);
  const emitted = (schedule: Schedule | undefined) => schedule && emitContraction(schedule);
  const inLanes = (o: ScheduleOptions) => {
    const schedule = [
      ...laneSchedules(kernel, o),
      dotSchedule(kernel, o),
      ...stationarySchedules(kernel, o),
    ].reduce(faster);
    return schedule && { ...schedule, lockstep: o.device.lockstep };
  };
  // Sums that are shared out keep a device busy that tiles do not.
  const inRows = kernel.overwrites?.by === 'rows';
  const split = options.strategy === undefined && !inRows && partsOf(kernel, options) > 1;
  const ways: Way[] = [
    { strategy: 'lanes', emit: () => emitted(inLanes(options)) },
    { strategy: 'split', emit: () => (inRows ? undefined : emitSplit(kernel, options)) },
    ...matrixShapes(kernel).map(
      (matrix): Way => ({
        strategy: 'matrix',
        matrix,
        emit: () => (split ? undefined : emitted(matrixSchedule(kernel, matrix, options))),
      }),
    ),
    { strategy: 'shared', emit: () => (split ? undefined : emitted(sharedSchedule(kernel, options))) },
  ];
  if (options.one && [...groups.m, ...groups.n].some((a) => constantOf(a.extent) === undefined))
    ways.unshift({
      strategy: 'lanes',
      maxTokens: 1,
      emit: () => emitted(inLanes({ ...options, tokens: 1 })),
    });
  const few = (w: Way) => w.maxTokens ?? Infinity;
  // Measured where it overwrites nothing.
  const { overwrites: _, ...alone } = kernel;
  const all = [...tunedWays(kernel, keyOfKernel(alone), options), ...ways].sort((a, b) => few(a) - few(b));
  return chosen(options, () => emitContraction(directSchedule(kernel, options)), all);
}

function directSchedule(kernel: ContractionKernel, options: ScheduleOptions): Schedule {
  const { batch, m, n } = sizesOf(kernel, options.tokens);
  const whole = wholeOf(kernel);
  if (whole.rows > 1) return directSchedule(exchanged(kernel), options);
  const tile = whole.cols > 1 ? wholeTile(m, n) : chooseTile(batch, m, n, options.device);
  return directly(kernel, tile);
}

export function flops(kernel: ContractionKernel): Extent {
  const finishing = kernel.epilogue ? flopsOf(kernel.epilogue) : 0;
  const results = extentOf(count(kernel.root.axes));
  const groups = classify(kernel.root);
  return productsOf(kernel)
    .map((p) => productFlops(p, groups, results))
    .reduce(addExtent, mulExtent(results, finishing));
}

function productFlops(root: ContractionPrim, groups: Groups, results: Extent): Extent {
  const depth = extentOf(count(root.over));
  const operand = (e: Expr, axes: readonly Axis[]): Extent =>
    mulExtent(flopsOf(e), productExtent([extentOf(count([...groups.batch, ...axes])), depth]));
  const operands = addExtent(operand(root.a, groups.m), operand(root.b, groups.n));
  return addExtent(productExtent([2, results, depth]), operands);
}
