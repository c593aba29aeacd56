/** Views a contraction as a product of matrices: finds which of its axes are batch axes, rows and columns. */
import { printDim } from '../../../compiler/dims/dims.ts';
import { keyOf } from '../../../compiler/primitives/affine.ts';
import type { IntExpr } from '../../../compiler/primitives/expr.ts';
import type { Axis, ContractionPrim, Prim } from '../../../compiler/primitives/prim.ts';
import { storageName } from '../../../compiler/primitives/storage.ts';
import { rewriteExpr, substituteAxes } from '../../../compiler/primitives/substitute.ts';
import { classify, extents } from '../../fuse/axes.ts';
import { sizeAt } from '../../fuse/cost.ts';
import { renameAxes } from '../../fuse/graph.ts';
import { type ContractionKernel, productsOf } from '../../fuse/kernel.ts';

/** The numbers of batches, rows, columns and steps at a token count. */
export function sizesOf(kernel: ContractionKernel, tokens: number) {
  const { batch, m, n } = classify(kernel.root);
  const size = (axes: readonly Axis[]) => sizeAt(extents(axes), tokens);
  return { batch: size(batch), m: size(m), n: size(n), k: size(kernel.root.over) };
}

/** The kernel with canonical names of axes, b0, m0, n0, k0, …, so that equal kernels print equally. */
export function canonical(kernel: ContractionKernel): ContractionKernel {
  const groups = classify(kernel.root);
  const names = new Map<string, string>();
  const summed = productsOf(kernel).flatMap((p) => p.over);
  for (const [prefix, axes] of Object.entries({ ...groups, k: summed })) {
    for (const [i, a] of axes.entries()) names.set(a.name, `${prefix[0]}${i}`);
  }
  const renamed = (p: ContractionPrim) => renameAxes(p, (n) => names.get(n)!);
  const root = renamed(kernel.root);
  const by = new Map([...names].map(([from, name]): [string, IntExpr] => [from, { k: 'axis', name }]));
  return {
    ...kernel,
    root,
    ...(kernel.added ? { added: kernel.added.map(renamed) } : {}),
    epilogue: kernel.epilogue && rewriteExpr(kernel.epilogue, substituteAxes(by)),
  };
}

/** The same contraction with its operands exchanged: rows become columns. */
export function exchanged(kernel: ContractionKernel): ContractionKernel {
  const swapped = (p: ContractionPrim): ContractionPrim => ({ ...p, a: p.b, b: p.a });
  const { root, added } = kernel;
  return canonical({ ...kernel, root: swapped(root), ...(added ? { added: added.map(swapped) } : {}) });
}

/** The key of a canonical kernel: kernels with equal keys have the same code. */
export function keyOfKernel(kernel: ContractionKernel): string {
  const { root, overwrites } = kernel;
  const place = overwrites ? [`over ${root.args.indexOf(overwrites.tensor)}`] : [];
  return [keyOfSums(kernel), ...keysOfArgs(root.args), ...place].join('; ');
}

/** The key of a canonical kernel without its arguments. */
export function keyOfSums(kernel: ContractionKernel): string {
  const { root, epilogue, tensor } = kernel;
  const products = productsOf(kernel).flatMap((p) => [keyOfAxes(p.over), keyOf(p.a), keyOf(p.b)]);
  return [tensor.dtype, keyOfAxes(root.axes), ...products, epilogue ? keyOf(epilogue) : ''].join('; ');
}

export const keyOfAxes = (axes: readonly Axis[]): string =>
  axes.map((a) => `${a.name}:${printDim(a.extent)}`).join();

export function keysOfArgs(args: readonly Prim[]): string[] {
  const held = (a: Prim) => (a.kind === 'input' && a.storage ? storageName(a.storage) : a.dtype);
  return args.map((a) => `${args.indexOf(a)} ${held(a)} ${a.shape.map(printDim).join()}`);
}
