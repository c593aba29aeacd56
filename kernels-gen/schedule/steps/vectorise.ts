/**
 * Computes the iterations of a loop of four as the parts of one vector, or in registers those of two or three. It stores
 * them, and loads what lies beside each other, at once. The loop is the innermost one and ends in a store.
 *
 *     for v in 4:                        for v in 4 vector:
 *       out[q * 4 + v] = …      →          out[q * 4 + v] = …
 */
import { constantOf } from '../../../compiler/dims/dims.ts';
import { LoopError } from '../../loops/error.ts';
import { isRegister } from '../../loops/lanes.ts';
import { loopOver, replaceLoop } from '../../loops/rewrite.ts';
import { type For, VECTOR } from '../../loops/type.ts';
import type { LoopStep } from './step.ts';

/**
 * A loop that ends in a store to a buffer that is no array of vectors is unrolled instead. `buffers` are the
 * numbers of the memories that are declared as arrays of vectors.
 */
export const vectorise = (axis: string, buffers: readonly number[]): LoopStep => ({
  says: `vectorise ${axis}`,
  apply(kernel) {
    const { trips } = loopOver(kernel, axis);
    const width = trips.by === 1 ? constantOf(trips.of) : undefined;
    if (width === undefined || width < 2 || width > VECTOR)
      throw new LoopError('form', `the loop over ${axis} has not 2 to ${VECTOR} iterations`);
    const declared = asVectors(buffers).apply(kernel);
    const isStored = ({ body }: For): boolean => {
      const last = body.at(-1);
      if (last?.k !== 'store' && last?.k !== 'accumulate' && last?.k !== 'collect') return false;
      const memory = declared.memories[last.to]!;
      return isRegister(memory) || (memory.vectors === true && width === VECTOR);
    };
    return replaceLoop(declared, axis, (loop) => [{ ...loop, how: isStored(loop) ? 'vector' : 'unrolled' }]);
  },
});

/** Declares buffers as arrays of vectors, so that neighbours in them are loaded at once. */
export const asVectors = (buffers: readonly number[]): LoopStep => ({
  says: `declare ${buffers.join(', ') || 'none'} as arrays of vectors`,
  apply: (kernel) => ({
    ...kernel,
    memories: kernel.memories.map((m, i) => (buffers.includes(i) ? { ...m, vectors: true as const } : m)),
  }),
});

/** The number of neighbours among `n` that make a vector: the largest that divides them. */
export const vectorWidth = (n: number): number => [VECTOR, 3, 2].find((width) => n % width === 0) ?? 1;
