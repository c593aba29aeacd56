/**
 * The schedule of reductions. For short ones, a thread computes each result. For long ones, a workgroup computes
 * 1 or 8 neighbouring
 * results: its threads stride along the longest reduced axis, and a tree in workgroup memory combines their sums.
 */
import { constantOf } from '../../../compiler/dims/dims.ts';
import { keyOf, rangesOf } from '../../../compiler/primitives/affine.ts';
import type { IntExpr } from '../../../compiler/primitives/expr.ts';
import type { Axis, ReducePrim } from '../../../compiler/primitives/prim.ts';
import { polyOf } from '../../../compiler/primitives/simplify.ts';
import { loopAxes, rewriteExpr, rowMajor, substituteAxes } from '../../../compiler/primitives/substitute.ts';
import { loadsOf } from '../../../compiler/primitives/visit.ts';
import { count } from '../../fuse/axes.ts';
import { renameAxes } from '../../fuse/graph.ts';
import type { ReductionKernel } from '../../fuse/kernel.ts';
import { naiveReduce } from '../../loops/naive.ts';
import { type Scheduled, VECTOR } from '../../loops/type.ts';
import { printWgsl } from '../../print/wgsl.ts';
import { bind, bindInvocation } from '../../schedule/steps/bind.ts';
import { clamp } from '../../schedule/steps/clamp.ts';
import { fission } from '../../schedule/steps/fission.ts';
import { flatten } from '../../schedule/steps/flatten.ts';
import { reorder } from '../../schedule/steps/reorder.ts';
import { share } from '../../schedule/steps/share.ts';
import { split } from '../../schedule/steps/split.ts';
import { type LoopStep, scheduled } from '../../schedule/steps/step.ts';
import { vectorise } from '../../schedule/steps/vectorise.ts';
import { keyOfAxes } from '../contraction/root.ts';
import type { Emitted } from '../family.ts';

/** The smallest number of terms of a reduction that threads share. */
const LONG = 128;

/**
 * A workgroup's work: `results` reductions, or vectors of them, each shared by `threads`, which combine as one subgroup or
 * by a tree.
 */
export interface Shape {
  readonly results: number;
  readonly threads: number;
  readonly subgroup?: true;
  /** The buffers that a thread loads and stores as vectors, if it computes VECTOR neighbouring results at once. */
  readonly vectors?: readonly number[];
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

/** The key of a canonical kernel without its arguments. */
export const keyOfReduction = ({ root, epilogue }: ReductionKernel): string =>
  [
    root.combine,
    keyOfAxes(root.axes),
    keyOfAxes(root.over),
    keyOf(root.body),
    epilogue ? keyOf(epilogue) : '',
  ].join('; ');

/** The steps by which invocations share each result of a reduction: they divide the terms along the axis `spread`. */
export function sharedSteps(
  over: readonly Axis[],
  spread: Axis,
  { threads, subgroup }: Pick<Shape, 'threads' | 'subgroup'>,
): readonly LoopStep[] {
  // Loops over axes of one element count too: a shared loop has to be the outermost one.
  const order = [...over].sort((a, b) => Number(b === spread) - Number(a === spread)).map((a) => a.name);
  return [
    ...(order.length > 1 ? [reorder(order)] : []),
    share(spread.name, { threads, as: 's', ...(subgroup ? { subgroup } : {}) }),
  ];
}

/** The steps for a kernel in canonical form. */
export function reductionSteps({ kernel, spread, shape }: Reduction): readonly LoopStep[] {
  const { results, threads, vectors } = shape;
  const { axes, over } = kernel.root;
  const isShared = threads > 1 && spread !== undefined;
  const names = (of: readonly Axis[]) => of.map((a) => a.name);
  const last = vectors && axes.at(-1);
  return [
    ...(last ? [split(last.name, VECTOR, 'q', 'v')] : []),
    flatten(last ? [...names(axes.slice(0, -1)), 'q'] : names(axes), 'at'),
    split('at', results, 'g', 'n'),
    bind('g', 'workgroup'),
    clamp('at'),
    bindInvocation('n'),
    ...(isShared ? sharedSteps(over, spread, shape) : []),
    ...(vectors ? [fission(['v']), vectorise('v', vectors)] : []),
  ];
}

/** The scheduled loops of a kernel in canonical form. `last` are steps after those of all devices. */
export const reductionLoops = (reduction: Reduction, last: readonly LoopStep[] = []): Scheduled =>
  scheduled(naiveReduce(reduction.kernel, reduction.kernel.root), [...reductionSteps(reduction), ...last]);

export const emitReduction = (reduction: Reduction, last?: readonly LoopStep[]): Emitted =>
  printWgsl(reductionLoops(reduction, last));
