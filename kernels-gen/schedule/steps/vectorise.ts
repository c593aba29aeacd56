/**
 * Computes the iterations of a loop of four as the parts of one vector. It stores them, and loads what lies beside each
 * other, at once. The loop is the innermost one and ends in a store.
 *
 *     for v in 4:                        for v in 4 vector:
 *       out[q * 4 + v] = …      →          out[q * 4 + v] = …
 */
import { constantOf } from '../../../compiler/dims/dims.ts';
import { LoopError } from '../../loops/error.ts';
import { loopOver, replaceLoop } from '../../loops/rewrite.ts';
import { VECTOR } from '../../loops/type.ts';
import type { LoopStep } from './step.ts';

/** `buffers` are the numbers of the memories that are declared as arrays of vectors. */
export const vectorise = (axis: string, buffers: readonly number[]): LoopStep => ({
  says: `vectorise ${axis}`,
  apply(kernel) {
    const { trips } = loopOver(kernel, axis);
    if (trips.by !== 1 || constantOf(trips.of) !== VECTOR)
      throw new LoopError('form', `the loop over ${axis} has not ${VECTOR} iterations`);
    const memories = kernel.memories.map((m, i) =>
      buffers.includes(i) ? { ...m, vectors: true as const } : m,
    );
    return replaceLoop({ ...kernel, memories }, axis, (loop) => [{ ...loop, how: 'vector' }]);
  },
});
