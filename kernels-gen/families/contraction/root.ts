/** Views a contraction as a product of matrices: finds which of its axes are batch axes, rows and columns. */
import { type Dim, printDim } from '../../../compiler/dims/dims.ts';
import { keyOf } from '../../../compiler/primitives/affine.ts';
import { ax } from '../../../compiler/primitives/build.ts';
import type { IntExpr } from '../../../compiler/primitives/expr.ts';
import type { Axis, ContractionPrim, Prim } from '../../../compiler/primitives/prim.ts';
import { storageName } from '../../../compiler/primitives/storage.ts';
import { type Rewrite, rewriteExpr, substituteAxes } from '../../../compiler/primitives/substitute.ts';
import { classify, extents, innermost } from '../../fuse/axes.ts';
import { sizeAt } from '../../fuse/cost.ts';
import { renameAxes } from '../../fuse/graph.ts';
import { type ContractionKernel, productsOf } from '../../fuse/kernel.ts';
import { groupsOf, partOf } from '../vectors.ts';

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

/** A direction along which threads are spread: rows, columns or batch. */
export interface Direction {
  readonly name: string;
  readonly axes: readonly Axis[];
  readonly size: Dim;
  readonly threads: number;
  /**
   * The number of positions that a thread computes at a time. They are dealt to threads round-robin, `vectorWidth`
   * neighbours at once.
   */
  readonly each: number;
  /** The number of neighbours in one vector of a tensor: 1, or VECTOR, which divides `each` and the innermost axis. */
  readonly vectorWidth: number;
}

/** The number of positions that a workgroup's tile has along a direction. */
export const spanOf = (d: Direction): number => d.threads * d.each;

export function range(n: number): number[] {
  const all: number[] = [];
  for (let i = 0; i < n; i++) all.push(i);
  return all;
}

/**
 * A thread's position along a direction. It is an index, or the suffix of the position's axis names with a
 * place in the vector.
 */
export type Spot = readonly [Direction, number] | readonly [Direction, string, number?];

/** A rewrite that replaces axes by their values at some positions of the tile. `also` gives values of other axes. */
export function instance(spots: readonly Spot[], also: ReadonlyMap<string, IntExpr> = new Map()): Rewrite {
  const values = new Map(also);
  for (const [d, i, place = 0] of spots) {
    const { vectorWidth } = d;
    const [suffix, at] = typeof i === 'string' ? [i, place] : [Math.floor(i / vectorWidth), i % vectorWidth];
    const inner = vectorWidth === 1 ? undefined : innermost(d.axes);
    for (const a of d.axes) {
      const axis = ax(`${a.name}_${suffix}`);
      values.set(a.name, a === inner ? partOf(axis, vectorWidth, at) : axis);
    }
  }
  return substituteAxes(values);
}

/** The axes of a direction's groups of neighbours. */
export const groupedAxes = ({ axes, vectorWidth }: Direction): readonly Axis[] =>
  groupsOf(axes, innermost(axes), vectorWidth);
