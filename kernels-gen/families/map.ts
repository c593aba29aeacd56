/** Element-wise kernels: one thread per element, its axes digits of the flat position. */
import type { MapPrim, Prim } from '../../compiler/primitives/prim.ts';
import { integerOf, rewriteExpr, substituteAxes } from '../../compiler/primitives/substitute.ts';
import { flopsOf } from '../fuse/cost.ts';
import { renameAxes } from '../fuse/graph.ts';
import type { Kernel } from '../fuse/kernel.ts';
import { Emitter } from '../wgsl/emitter.ts';
import { assemble, stored } from '../wgsl/module.ts';
import { ceildivExtent, extentOf, mulExtent } from '../wgsl/size.ts';
import { count, digitsOf, type Generated, tensorsOf, trafficOf, unravel } from './family.ts';

const WORKGROUP = 64;

/** The same elements under canonical axis names, so that equal kernels print equally. */
export function generateMap(kernel: Kernel & { readonly root: MapPrim }): Generated {
  const position = new Map(kernel.root.axes.map((a, i) => [a.name, `i${i}`]));
  const root = renameAxes(kernel.root, (n) => position.get(n)!);
  const { dtype } = kernel.tensor;
  const e = new Emitter(tensorsOf(root.args));
  const total = count(root.axes);
  const n = e.size(total);
  e.workgroups(`(${n} + ${WORKGROUP - 1}) / ${WORKGROUP}`);
  e.line(`let i = group * ${WORKGROUP} + lane;`);
  e.open(`if (i < ${n})`);
  e.define('i', 'i', total);
  const digits = digitsOf(root.axes, { k: 'axis', name: 'i' });
  if (digits === undefined) unravel(e, root.axes, 'i');
  const body = digits ? rewriteExpr(root.body, substituteAxes(digits)) : root.body;
  const integer = dtype === 'i32' ? integerOf(body, (arg) => root.args[arg]!.dtype === 'i32') : undefined;
  e.line(`out[i] = ${integer ? e.int(integer) : stored(e.float(body), dtype)};`);
  e.close();
  const elements = extentOf(total);
  const { module, reads } = assemble(e, {
    tensors: tensorsOf(root.args),
    out: dtype,
    workgroup: WORKGROUP,
  });
  const used = reads.map((r): Prim => root.args[r]!);
  return {
    family: 'map',
    module,
    reads: used,
    scratch: null,
    workgroups: ceildivExtent(elements, WORKGROUP),
    flops: mulExtent(elements, flopsOf(root.body)),
    bytes: trafficOf(used, kernel),
  };
}
