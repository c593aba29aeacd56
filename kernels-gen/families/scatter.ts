/**
 * Generates scatters, which are deterministic and use no atomics: a thread for each output element adds the loop
 * iterations that go to it, in order. Where the position of the output element determines the value of an axis, the
 * thread computes it. Over the other axes, the thread loops.
 */
import { equalDim } from '../../compiler/dims/dims.ts';
import { rangesOf } from '../../compiler/primitives/affine.ts';
import type { Axis, ScatterPrim } from '../../compiler/primitives/prim.ts';
import { polyOf } from '../../compiler/primitives/simplify.ts';
import { mixedRadix } from '../../compiler/primitives/substitute.ts';
import { count, looped } from '../fuse/axes.ts';
import { flopsOf } from '../fuse/cost.ts';
import { renameAxes } from '../fuse/graph.ts';
import type { Kernel } from '../fuse/kernel.ts';
import { Emitter } from '../wgsl/emitter.ts';
import { assemble, stored } from '../wgsl/module.ts';
import { ceildivExtent, extentOf, mulExtent } from '../wgsl/size.ts';
import { chosen, type Generated, type ScheduleOptions, tensorsOf, trafficOf, unravel } from './family.ts';

const WORKGROUP = 64;

export function generateScatter(
  kernel: Kernel & { readonly root: ScatterPrim },
  options: ScheduleOptions,
): Generated {
  const position = new Map(kernel.root.axes.map((a, i) => [a.name, `k${i}`]));
  const root = renameAxes(kernel.root, (n) => position.get(n)!);
  const tensors = tensorsOf(root.args);
  const e = new Emitter(tensors);
  const out: Axis[] = kernel.tensor.shape.map((extent, d) => ({ name: `o${d}`, extent }));
  const total = count(out);
  e.workgroups(`(${e.size(total)} + ${WORKGROUP - 1}) / ${WORKGROUP}`);
  e.line(`let at = group * ${WORKGROUP} + lane;`);
  const inside = e.name(`min(at, ${e.size(total)} - 1)`, 0).text;
  unravel(e, out, inside);

  const ranges = rangesOf(root.axes);
  const found = new Set<Axis>();
  const conditions: string[] = [];
  const searched: number[] = [];
  for (const [d, at] of root.at.entries()) {
    const digits = mixedRadix(polyOf(at, ranges), root.axes);
    if (digits === undefined || digits.some((a) => found.has(a))) {
      searched.push(d);
      continue;
    }
    const span = count(digits);
    const o = e.int({ k: 'axis', name: `o${d}` });
    const whole = equalDim(span, out[d]!.extent);
    if (!whole) conditions.push(`${o} < ${e.size(span)}`);
    unravel(e, digits, whole ? o : e.name(`min(${o}, ${e.size(span)} - 1)`, 0).text);
    for (const a of digits) found.add(a);
  }

  e.line('var acc = 0.0f;');
  const loops = looped(root.axes.filter((a) => !found.has(a)));
  for (const a of loops) e.loop(a.name, a.extent);
  for (const d of searched)
    conditions.push(e.bool({ k: 'ieq', a: root.at[d]!, b: { k: 'axis', name: `o${d}` } }));
  if (conditions.length > 0) e.open(`if (${conditions.map((c) => `(${c})`).join(' && ')})`);
  e.line(`acc += ${e.floatName(root.body)};`);
  if (conditions.length > 0) e.close();
  for (const _ of loops) e.close();
  e.open(`if (at < ${e.size(total)})`);
  e.line(`out[at] = ${stored('acc', kernel.tensor.dtype)};`);
  e.close();

  const code = assemble(e, {
    tensors,
    out: kernel.tensor.dtype,
    workgroup: WORKGROUP,
  });
  const workgroups = ceildivExtent(extentOf(total), WORKGROUP);
  const printed = chosen(options, () => ({ ...code, workgroups }), []);
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
