/**
 * Generates scatters, which are deterministic and use no atomics: a thread for each output element adds the loop
 * iterations that go to it, in order. Where the position of the output element determines the value of an axis, the
 * thread computes it. Over the other axes, the thread loops.
 */
import type { Axis, ScatterPrim } from '../../compiler/primitives/prim.ts';
import { count } from '../fuse/axes.ts';
import { flopsOf } from '../fuse/cost.ts';
import { renameAxes } from '../fuse/graph.ts';
import type { Kernel } from '../fuse/kernel.ts';
import { naiveScatter } from '../loops/naive.ts';
import type { Scheduled } from '../loops/type.ts';
import { printWgsl } from '../print/wgsl.ts';
import { bind, bindInvocation } from '../schedule/steps/bind.ts';
import { clamp } from '../schedule/steps/clamp.ts';
import { flatten } from '../schedule/steps/flatten.ts';
import { digitsAt, invert } from '../schedule/steps/invert.ts';
import { split } from '../schedule/steps/split.ts';
import { type LoopStep, scheduled } from '../schedule/steps/step.ts';
import { extentOf, mulExtent } from '../wgsl/size.ts';
import { chosen, type Generated, type ScheduleOptions, trafficOf } from './family.ts';

export type ScatterKernel = Kernel & { readonly root: ScatterPrim };

const WORKGROUP = 64;

export function generateScatter(kernel: ScatterKernel, options: ScheduleOptions): Generated {
  const position = new Map(kernel.root.axes.map((a, i) => [a.name, `k${i}`]));
  const root = renameAxes(kernel.root, (n) => position.get(n)!);
  const code = printWgsl(scatterLoops({ ...kernel, root }));
  const printed = chosen(options, () => code, []);
  const used = code.reads.map((r) => root.args[r]!);
  return {
    family: 'scatter',
    printed,
    reads: used,
    scratch: null,
    flops: mulExtent(extentOf(count(root.axes)), 1 + flopsOf(root.body)),
    bytes: trafficOf(used, kernel),
  };
}

/** The steps for a kernel with canonical axes. */
function scatterSteps({ tensor, root }: ScatterKernel): readonly LoopStep[] {
  const places = tensor.shape.map((extent, d): Axis => ({ name: `o${d}`, extent }));
  const found = new Set<Axis>();
  const inverted = places.flatMap((place, d): LoopStep[] => {
    const digits = digitsAt(root.at[d]!, root.axes);
    if (digits === undefined || digits.some((a) => found.has(a))) return [];
    for (const a of digits) found.add(a);
    return [invert(place, digits)];
  });
  return [
    ...inverted,
    flatten(
      places.map((a) => a.name),
      'at',
    ),
    split('at', WORKGROUP, 'g', 'n'),
    bind('g', 'workgroup'),
    clamp('at'),
    bindInvocation('n'),
  ];
}

/** The scheduled loops of a kernel with canonical axes. */
export const scatterLoops = (kernel: ScatterKernel): Scheduled =>
  scheduled(naiveScatter(kernel, kernel.root), scatterSteps(kernel));
