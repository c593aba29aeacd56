/**
 * Lets a subgroup compute nests of loops as operations on matrices: a product adds all of its elements at once. What the
 * nests keep in registers becomes matrices, which the invocations of a subgroup have together.
 *
 *     for r in 8:                                       for r in 8 matrix:
 *       for c in 8:                                       for c in 8 matrix:
 *         sum[r, c] = 0                                     sum[r, c] = 0
 *     for r in 8:                                       for r in 8 matrix:
 *       for k in 8:                                       for k in 8 matrix:
 *         left[r, k] = left_tile[k, r]            →         left[r, k] = left_tile[k, r]
 *     (and right likewise)                              (and right likewise)
 *     for r in 8:                                       for r in 8 matrix:
 *       for k in 8:                                       for k in 8 matrix:
 *         for c in 8:                                       for c in 8 matrix:
 *           sum[r, c] += left[r, k] * right[k, c]             sum[r, c] += left[r, k] * right[k, c]
 */
import { LoopError } from '../../loops/error.ts';
import { isWrite, memoriesIn } from '../../loops/expressions.ts';
import { matrixOperations } from '../../loops/matrices.ts';
import { loopOver, replaceLoop } from '../../loops/rewrite.ts';
import type { Body, LoopKernel, Memory } from '../../loops/type.ts';
import type { LoopStep } from './step.ts';

/** `axes` are the loops over the rows, columns and steps of the matrices. */
export const tensorise = (axes: readonly string[]): LoopStep => ({
  says: `tensorise ${axes.join(', ')}`,
  apply(kernel) {
    for (const axis of axes)
      if (loopOver(kernel, axis).how !== 'serial')
        throw new LoopError('form', `the loop over ${axis} is not serial`);
    const bound = axes.reduce(
      (k, axis) => replaceLoop(k, axis, (loop) => [{ ...loop, how: 'matrix' }]),
      kernel,
    );
    const matrices = matricesIn(bound, bound.body, false);
    const memories = kernel.memories.map(
      (m, n): Memory => (matrices.has(n) ? { ...m, space: 'matrix', dtype: matrices.get(n)! } : m),
    );
    const made = { ...bound, memories };
    matrixOperations(made);
    return made;
  },
});

/** The registers in loops over matrices, each with the type of the tile that it is loaded from, or its own. */
function matricesIn(
  kernel: LoopKernel,
  block: Body,
  isInside: boolean,
  found = new Map<number, Memory['dtype']>(),
): ReadonlyMap<number, Memory['dtype']> {
  const { memories } = kernel;
  for (const s of block) {
    if (s.k === 'for' || s.k === 'if') matricesIn(kernel, s.body, s.k === 'for' && s.how === 'matrix', found);
    if (!isInside || !isWrite(s) || s.k === 'collect') continue;
    const loaded = [...memoriesIn([s.value])];
    for (const n of [s.to, ...loaded])
      if (memories[n]!.space === 'register' && !found.has(n)) found.set(n, memories[n]!.dtype);
    const tile = loaded.find((n) => memories[n]!.space === 'workgroup');
    if (found.has(s.to) && tile !== undefined) found.set(s.to, memories[tile]!.dtype);
  }
  return found;
}
