/** Element-wise kernels: one thread for one or some elements, whose axes are digits of the flat position. */
import { cpuVectors } from '../../compiler/devices/index.ts';
import { constantOf } from '../../compiler/ir/dims.ts';
import { ax } from '../../compiler/primitives/build.ts';
import type { MapPrim } from '../../compiler/primitives/prim.ts';
import { integerOf, rewriteExpr } from '../../compiler/primitives/substitute.ts';
import { flopsOf, sizeAt } from '../fuse/cost.ts';
import { renameAxes } from '../fuse/graph.ts';
import type { Kernel } from '../fuse/kernel.ts';
import { Emitter } from '../wgsl/emitter.ts';
import { assemble, stored } from '../wgsl/module.ts';
import { ceildivExtent, extentOf, mulExtent, unknown } from '../wgsl/size.ts';
import { VECTOR } from '../wgsl/vectors.ts';
import {
  chosen,
  count,
  digitsOf,
  type Emitted,
  type Generated,
  LANES,
  type ScheduleOptions,
  tensorsIn,
  tensorsRead,
  trafficOf,
  unravel,
} from './family.ts';
import { groupsOf, isMultiple, isOfVectors, partsOf, vectorsAlong } from './vectors.ts';

const WORKGROUP = 64;
/** Elements of one lane where lanes are a CPU's: a workgroup costs as much as several of them. */
const MOST_EACH = 64;

type MapKernel = Kernel & { readonly root: MapPrim };

export function generateMap(kernel: MapKernel, options: ScheduleOptions): Generated {
  const { root } = kernel;
  const total = count(root.axes);
  const steps = sizeAt([total], options.tokens) / (LANES * cpuVectors.maps);
  const last = root.axes.at(-1);
  const vectors =
    steps >= VECTOR && last && isMultiple(constantOf(last.extent)) && isOfVectors(kernel.tensor);
  const together = vectors ? VECTOR : 1;
  const each = Math.ceil(Math.min(MOST_EACH, steps) / together);
  const elements = extentOf(total);
  const printed = chosen(options, () => emitMap(kernel, WORKGROUP, 1), [
    { strategy: 'lanes', emit: () => emitMap(kernel, LANES, each, together) },
  ]);
  const used = tensorsRead(printed, root.args);
  return {
    family: 'map',
    printed,
    reads: used,
    scratch: null,
    flops: mulExtent(elements, flopsOf(root.body)),
    bytes: trafficOf(used, kernel),
  };
}

/**
 * `each` times an element, or a vector where neighbours are stored `together`, for each thread of a workgroup; under canonical
 * axis names, so that equal kernels print equally.
 */
function emitMap(kernel: MapKernel, threads: number, each: number, together = 1): Emitted {
  const position = new Map(kernel.root.axes.map((a, i) => [a.name, `i${i}`]));
  const root = renameAxes(kernel.root, (n) => position.get(n)!);
  const { dtype } = kernel.tensor;
  const last = root.axes.at(-1);
  const loaded = new Set(together > 1 && last ? vectorsAlong(root.body, last, root) : []);
  const tensors = tensorsIn(kernel).map((t, i) =>
    together > 1 && (t.overwritten || loaded.has(i)) ? { ...t, vectors: true } : t,
  );
  const e = new Emitter(tensors);
  const axes = groupsOf(root.axes, last, together);
  const total = count(axes);
  const n = e.size(total);
  const span = threads * each;
  e.workgroups(`(${n} + ${span - 1}) / ${span}`);
  if (each === 1) {
    e.line(`let i = group * ${threads} + lane;`);
  } else {
    // A driver would unroll a few steps.
    e.open(`for (var step = 0; step < ${together > 1 ? unknown(each) : each}; step += 1)`);
    e.line(`let i = group * ${span} + step * ${threads} + lane;`);
  }
  e.open(`if (i < ${n})`);
  e.define('i', 'i', total);
  const digits = digitsOf(axes, ax('i'));
  if (digits === undefined) unravel(e, axes, 'i');
  const at = digits ?? new Map(axes.map((a) => [a.name, ax(a.name)]));
  const [body, ...more] = partsOf(root.axes, at, together).map((part) => rewriteExpr(root.body, part));
  const integer = dtype === 'i32' ? integerOf(body!, (arg) => root.args[arg]!.dtype === 'i32') : undefined;
  if (more.length > 0) {
    const parts = [body!, ...more].map((b) => stored(e.float(b), dtype));
    e.line(`out[i] = vec${together}<${dtype}>(${parts.join(', ')});`);
  } else e.line(`out[i] = ${integer ? e.int(integer) : stored(e.float(body!), dtype)};`);
  e.close();
  if (each > 1) e.close();
  const workgroups = ceildivExtent(extentOf(total), span);
  const vectors = new Set(together > 1 ? [0] : []);
  return { ...assemble(e, { tensors, out: dtype, vectors, workgroup: threads }), workgroups };
}
