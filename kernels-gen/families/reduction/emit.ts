/**
 * Emits reductions. For short ones, a thread computes each result. For long ones, a workgroup computes 1 or 8 neighbouring
 * results: its threads stride along the longest reduced axis, and a tree in workgroup memory combines their sums.
 */
import { constantOf, type Dim } from '../../../compiler/dims/dims.ts';
import { rangesOf } from '../../../compiler/primitives/affine.ts';
import type { IntExpr } from '../../../compiler/primitives/expr.ts';
import type { Axis, ReducePrim } from '../../../compiler/primitives/prim.ts';
import { polyOf } from '../../../compiler/primitives/simplify.ts';
import { loopAxes, rewriteExpr, rowMajor, substituteAxes } from '../../../compiler/primitives/substitute.ts';
import { loadsOf } from '../../../compiler/primitives/visit.ts';
import { axisRefs, count, extents, looped } from '../../fuse/axes.ts';
import { renameAxes } from '../../fuse/graph.ts';
import type { Kernel } from '../../fuse/kernel.ts';
import { Emitter } from '../../wgsl/emitter.ts';
import { assemble, stored } from '../../wgsl/module.ts';
import { ceildivExtent, extentOf } from '../../wgsl/size.ts';
import { type Emitted, tensorsIn, unravel } from '../family.ts';

/** The smallest number of terms of a reduction that threads share. */
const LONG = 128;

/** A workgroup's work: `results` reductions, each shared by `threads`, which combine as one subgroup or by a tree. */
export interface Shape {
  readonly results: number;
  readonly threads: number;
  readonly subgroup?: true;
}

/**
 * The work of a workgroup for a reduction. A short reduction has a thread for each result. In a long one, threads share
 * a result, and threads next to each other read neighbours in memory: along the reduced axis if it is contiguous, else
 * along 8 results.
 */
export function shapeOf(root: ReducePrim, spread: Axis | undefined): Shape {
  const terms = constantOf(count(root.over));
  if (spread === undefined || (terms !== undefined && terms < LONG)) return { results: 64, threads: 1 };
  const ranges = rangesOf(loopAxes(root));
  const contiguous = loadsOf(root.body).some((l) => {
    const at = rowMajor(
      root.args[l.arg]!.shape,
      l.index.map((i) => polyOf(i, ranges)),
    );
    return at.some((t) => t.coef === 1 && t.atoms.length === 1 && isAxis(t.atoms[0]!, spread.name));
  });
  return contiguous ? { results: 1, threads: 64 } : { results: 8, threads: 32 };
}

const isAxis = (e: IntExpr, name: string): boolean => e.k === 'axis' && e.name === name;

export type ReductionKernel = Kernel & { readonly root: ReducePrim };

export interface Reduction {
  /** The kernel in canonical form. */
  readonly kernel: ReductionKernel;
  /** The reduced axis that threads share; undefined where there is none. */
  readonly spread: Axis | undefined;
  readonly shape: Shape;
}

export function canonical(kernel: ReductionKernel): ReductionKernel {
  const names = new Map<string, string>();
  for (const [i, a] of kernel.root.axes.entries()) names.set(a.name, `i${i}`);
  for (const [i, a] of kernel.root.over.entries()) names.set(a.name, `k${i}`);
  const by = new Map([...names].map(([from, name]): [string, IntExpr] => [from, { k: 'axis', name }]));
  return {
    ...kernel,
    root: renameAxes(kernel.root, (n) => names.get(n)!),
    epilogue: kernel.epilogue && rewriteExpr(kernel.epilogue, substituteAxes(by)),
  };
}

export function emitReduction({ kernel, spread, shape }: Reduction): Emitted {
  const { results, threads, subgroup } = shape;
  const { tensor, root, epilogue } = kernel;
  const tensors = tensorsIn(kernel);
  const e = new Emitter(tensors);
  const total = count(root.axes);
  const shared = threads !== 1 && !subgroup;
  const combine = (a: string, b: string) => (root.combine === 'sum' ? `${a} + ${b}` : `max(${a}, ${b})`);

  e.workgroups(`(${e.size(total)} + ${results - 1}) / ${results}`);
  e.line(`let at = group * ${results} + (lane & ${results - 1});`);
  const inside = e.name(`min(at, ${e.size(total)} - 1)`, 0).text;
  unravel(e, root.axes, inside);
  const start = threads === 1 ? '0' : e.name(`lane >> ${Math.log2(results)}`, 0).text;
  e.line(`var acc = ${first(e, root, spread, start)};`);
  const order = looped(root.over).sort((a, b) => Number(b === spread) - Number(a === spread));
  for (const a of order) e.loop(a.name, a.extent, a === spread ? start : '0', a === spread ? threads : 1);
  e.line(`acc = ${combine('acc', e.floatName(root.body))};`);
  for (const _ of order) e.close();
  if (subgroup) {
    e.line(`acc = ${root.combine === 'sum' ? 'subgroupAdd' : 'subgroupMax'}(acc);`);
  } else if (shared) {
    e.line('partial[lane] = acc;');
    e.line('workgroupBarrier();');
    e.open(`for (var half = ${threads / 2}; half > 0; half = half >> 1)`);
    e.open(`if (lane < half * ${results})`);
    e.line(`partial[lane] = ${combine('partial[lane]', `partial[lane + half * ${results}]`)};`);
    e.close();
    e.line('workgroupBarrier();');
    e.close();
    e.line('acc = partial[lane];');
  }
  e.open(`if (lane < ${results} && at < ${e.size(total)})`);
  const value = epilogue ? e.float(epilogue, 'acc') : 'acc';
  e.line(`out[${e.address(extents(root.axes), axisRefs(root.axes))}] = ${stored(value, tensor.dtype)};`);
  e.close();

  const code = assemble(e, {
    tensors,
    out: tensor.dtype,
    workgroup: results * threads,
    ...(shared ? { memories: [{ name: 'partial', elements: results * threads }] } : {}),
  });
  return { ...code, workgroups: ceildivExtent(extentOf(total), results) };
}

/** A result's initial value: 0 for a sum. A maximum starts from one of its own terms, which it may take twice. */
function first(e: Emitter, root: ReducePrim, spread: Axis | undefined, start: string): string {
  if (root.combine === 'sum') return '0.0f';
  const last = (d: Dim) => `min(${start}, ${e.size(d)} - 1)`;
  if (spread !== undefined) e.define('first', last(spread.extent), spread.extent);
  const values = root.over.map((a): [string, IntExpr] => [
    a.name,
    a === spread ? { k: 'axis', name: 'first' } : { k: 'int', value: 0 },
  ]);
  return e.floatName(rewriteExpr(root.body, substituteAxes(new Map(values))));
}
