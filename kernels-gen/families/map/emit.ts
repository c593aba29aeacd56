/** Emits element-wise kernels. A thread computes one or several elements, whose axes follow from their position. */
import { ax } from '../../../compiler/primitives/build.ts';
import type { MapPrim } from '../../../compiler/primitives/prim.ts';
import { integerOf, rewriteExpr } from '../../../compiler/primitives/substitute.ts';
import { count } from '../../fuse/axes.ts';
import { renameAxes } from '../../fuse/graph.ts';
import type { Kernel } from '../../fuse/kernel.ts';
import { Emitter } from '../../wgsl/emitter.ts';
import { assemble, stored } from '../../wgsl/module.ts';
import { ceildivExtent, extentOf, unknown } from '../../wgsl/size.ts';
import { typeOf } from '../../wgsl/vectors.ts';
import { digitsOf, type Emitted, tensorsIn, unravel } from '../family.ts';
import { groupsOf, partsOf, vectorsAlong } from '../vectors.ts';

export type MapKernel = Kernel & { readonly root: MapPrim };

/**
 * The code of a map where each thread of a workgroup computes `each` elements, or vectors of `vectorWidth`
 * neighbours. Axes have canonical names, so that equal kernels print equally.
 */
export function emitMap(kernel: MapKernel, threads: number, each: number, vectorWidth = 1): Emitted {
  const position = new Map(kernel.root.axes.map((a, i) => [a.name, `i${i}`]));
  const root = renameAxes(kernel.root, (n) => position.get(n)!);
  const { dtype } = kernel.tensor;
  const last = root.axes.at(-1);
  const loaded = new Set(vectorWidth > 1 && last ? vectorsAlong(root.body, last, root) : []);
  const tensors = tensorsIn(kernel).map((t, i) =>
    vectorWidth > 1 && (t.overwritten || loaded.has(i)) ? { ...t, vectors: true } : t,
  );
  const e = new Emitter(tensors);
  const axes = groupsOf(root.axes, last, vectorWidth);
  const total = count(axes);
  const n = e.size(total);
  const span = threads * each;
  e.workgroups(`(${n} + ${span - 1}) / ${span}`);
  if (each === 1) {
    e.line(`let i = group * ${threads} + lane;`);
  } else {
    // With vectors, `unknown` keeps a driver from unrolling the few steps.
    e.open(`for (var step = 0; step < ${vectorWidth > 1 ? unknown(each) : each}; step += 1)`);
    e.line(`let i = group * ${span} + step * ${threads} + lane;`);
  }
  e.open(`if (i < ${n})`);
  e.define('i', 'i', total);
  const digits = digitsOf(axes, ax('i'));
  if (digits === undefined) unravel(e, axes, 'i');
  const at = digits ?? new Map(axes.map((a) => [a.name, ax(a.name)]));
  const [body, ...more] = partsOf(root.axes, at, vectorWidth).map((part) => rewriteExpr(root.body, part));
  const integer = dtype === 'i32' ? integerOf(body!, (arg) => root.args[arg]!.dtype === 'i32') : undefined;
  if (more.length > 0) {
    const parts = [body!, ...more].map((b) => stored(e.float(b), dtype));
    e.line(`out[i] = ${typeOf(dtype, vectorWidth)}(${parts.join(', ')});`);
  } else e.line(`out[i] = ${integer ? e.int(integer) : stored(e.float(body!), dtype)};`);
  e.close();
  if (each > 1) e.close();
  const workgroups = ceildivExtent(extentOf(total), span);
  const vectors = new Set(vectorWidth > 1 ? [0] : []);
  return { ...assemble(e, { tensors, out: dtype, vectors, workgroup: threads }), workgroups };
}
