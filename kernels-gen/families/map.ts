/** Element-wise kernels: one thread for one or some elements, whose axes are digits of the flat position. */
import type { MapPrim, Prim } from '../../compiler/primitives/prim.ts';
import { integerOf, rewriteExpr, substituteAxes } from '../../compiler/primitives/substitute.ts';
import { DEVICES } from '../../compiler/rewrite/devices.ts';
import { flopsOf, sizeAt } from '../fuse/cost.ts';
import { renameAxes } from '../fuse/graph.ts';
import type { Kernel } from '../fuse/kernel.ts';
import { Emitter } from '../wgsl/emitter.ts';
import { assemble, stored } from '../wgsl/module.ts';
import { ceildivExtent, extentOf, mulExtent } from '../wgsl/size.ts';
import {
  alternativesOf,
  count,
  digitsOf,
  type Emitted,
  type Generated,
  LANES,
  type ScheduleOptions,
  tensorsIn,
  trafficOf,
  unravel,
} from './family.ts';

const WORKGROUP = 64;
/** Elements of one lane where lanes are a CPU's: a workgroup costs as much as several of them. */
const MOST_EACH = 64;

export function generateMap(
  kernel: Kernel & { readonly root: MapPrim },
  options: ScheduleOptions,
): Generated {
  const { root } = kernel;
  const total = count(root.axes);
  const each = Math.min(
    MOST_EACH,
    Math.ceil(sizeAt([total], options.tokens) / (LANES * DEVICES.software.maps)),
  );
  const elements = extentOf(total);
  const code = emitMap(kernel, WORKGROUP, 1);
  const alternatives = alternativesOf(options, code, [
    { strategy: 'lanes', emit: () => emitMap(kernel, LANES, each) },
  ]);
  const used = code.reads.map((r): Prim => root.args[r]!);
  return {
    family: 'map',
    module: code.module,
    alternatives,
    reads: used,
    scratch: null,
    workgroups: code.workgroups,
    flops: mulExtent(elements, flopsOf(root.body)),
    bytes: trafficOf(used, kernel),
  };
}

/** `each` elements for each thread of a workgroup, under canonical axis names, so that equal kernels print equally. */
function emitMap(kernel: Kernel & { readonly root: MapPrim }, threads: number, each: number): Emitted {
  const position = new Map(kernel.root.axes.map((a, i) => [a.name, `i${i}`]));
  const root = renameAxes(kernel.root, (n) => position.get(n)!);
  const { dtype } = kernel.tensor;
  const tensors = tensorsIn(kernel);
  const e = new Emitter(tensors);
  const total = count(root.axes);
  const n = e.size(total);
  const span = threads * each;
  e.workgroups(`(${n} + ${span - 1}) / ${span}`);
  if (each === 1) {
    e.line(`let i = group * ${threads} + lane;`);
  } else {
    e.open(`for (var step = 0; step < ${each}; step += 1)`);
    e.line(`let i = group * ${span} + step * ${threads} + lane;`);
  }
  e.open(`if (i < ${n})`);
  e.define('i', 'i', total);
  const digits = digitsOf(root.axes, { k: 'axis', name: 'i' });
  if (digits === undefined) unravel(e, root.axes, 'i');
  const body = digits ? rewriteExpr(root.body, substituteAxes(digits)) : root.body;
  const integer = dtype === 'i32' ? integerOf(body, (arg) => root.args[arg]!.dtype === 'i32') : undefined;
  e.line(`out[i] = ${integer ? e.int(integer) : stored(e.float(body), dtype)};`);
  e.close();
  if (each > 1) e.close();
  const workgroups = ceildivExtent(extentOf(total), span);
  return { ...assemble(e, { tensors, out: dtype, workgroup: threads }), workgroups };
}
