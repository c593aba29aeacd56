/**
 * Contractions: out[batch, m, n] = Σ_k a[batch, m, k]·b[batch, k, n], where batch, m, n and k are groups of
 * axes. Each thread keeps a tile of results in registers; strategies differ in how operands come to it.
 */
import type { Expr } from '../../../compiler/primitives/expr.ts';
import type { Axis, ContractionPrim, Prim } from '../../../compiler/primitives/prim.ts';
import type { Extent } from '../../../runtime/plan.ts';
import { flopsOf, sizeAt } from '../../fuse/cost.ts';
import { addExtent, extentOf, mulExtent, productExtent } from '../../wgsl/size.ts';
import {
  type Alternative,
  ANY,
  CPU,
  count,
  extents,
  type Generated,
  GPU,
  type ScheduleOptions,
  trafficOf,
} from '../family.ts';
import { sumDirectly } from './direct.ts';
import { emitContraction } from './emit.ts';
import { laneSchedule } from './lanes.ts';
import { type ContractionKernel, classify, type Groups } from './root.ts';
import { sharedSchedule } from './shared.ts';
import { chooseTile } from './tile.ts';

export function generateContraction(kernel: ContractionKernel, options: ScheduleOptions): Generated {
  const { tokens } = options;
  const { root, epilogue } = kernel;
  const groups = classify(root);
  const size = (axes: readonly Axis[]) => sizeAt(extents(axes), tokens);
  const tile = chooseTile(size(groups.batch), size(groups.m), size(groups.n));
  const { module, reads, workgroups } = emitContraction({ kernel, tile, sum: sumDirectly });
  const used = reads.map((r): Prim => root.args[r]!);
  return {
    family: 'contraction',
    module,
    alternatives: alternatives(kernel, options),
    reads: used,
    scratch: null,
    workgroups,
    flops: flops(root, groups, epilogue ? flopsOf(epilogue) : 0),
    bytes: trafficOf(used, kernel),
  };
}

function alternatives(kernel: ContractionKernel, options: ScheduleOptions): Alternative[] {
  const ways = [
    { strategy: 'lanes', subgroups: CPU, schedule: laneSchedule },
    { strategy: 'shared', subgroups: GPU, schedule: sharedSchedule },
  ] as const;
  return ways.flatMap(({ strategy, subgroups, schedule }) => {
    if (options.strategy !== undefined && options.strategy !== strategy) return [];
    const found = schedule(kernel, options);
    if (found === undefined) return [];
    const { module, workgroups } = emitContraction(found);
    return [{ strategy, subgroups: options.strategy ? ANY : subgroups, module, workgroups }];
  });
}

function flops(root: ContractionPrim, groups: Groups, perResult: number): Extent {
  const results = extentOf(count(root.axes));
  const depth = extentOf(count(root.over));
  const operand = (e: Expr, axes: readonly Axis[]): Extent =>
    mulExtent(flopsOf(e), productExtent([extentOf(count([...groups.batch, ...axes])), depth]));
  const operands = addExtent(operand(root.a, groups.m), operand(root.b, groups.n));
  return addExtent(addExtent(productExtent([2, results, depth]), mulExtent(results, perResult)), operands);
}
