/**
 * Moves an array of registers to workgroup memory, where each invocation has elements of its own. Registers at a variable
 * index are slow on some devices, and workgroup memory is not.
 *
 *     for t in 8 by invocation / 1:           for t in 8 by invocation / 1:
 *       for i in 4:                             for i in 4:
 *         acc[i, j] += a[i, t, j]       →         acc[i, t, j] += a[i, t, j]
 */
import { constantOf, dimConst } from '../../../compiler/dims/dims.ts';
import { ax } from '../../../compiler/primitives/build.ts';
import type { IntExpr } from '../../../compiler/primitives/expr.ts';
import { LoopError } from '../../loops/error.ts';
import { isWrite } from '../../loops/expressions.ts';
import { rewriteBlock } from '../../loops/rewrite.ts';
import { type Body, type Memory, type Statement, VECTOR } from '../../loops/type.ts';
import { registersNamed } from './registers.ts';
import { requireAll } from './require.ts';
import type { LoopStep } from './step.ts';

/**
 * Demotes the register array `name`. The loop over `thread` counts the workgroup's invocations. Dimension `at` of the memory
 * counts them too. `isOfVectors` is whether the last dimension is a vector, so that the memory is declared as an array of vec4.
 */
export const demote = (name: string, thread: string, at: number, isOfVectors = false): LoopStep => ({
  says: `demote ${name} to workgroup memory, of its own in each ${thread}`,
  apply(kernel) {
    const [of] = registersNamed(kernel, [name]) as [number];
    requireAll(kernel, thread);
    const own = (index: readonly IntExpr[]) => index.toSpliced(at, 0, ax(thread));
    const stores = (block: Body): Body =>
      block.map((s): Statement => {
        if (s.k === 'for' || s.k === 'if') return { ...s, body: stores(s.body) };
        return isWrite(s) && s.to === of ? { ...s, index: own(s.index) } : s;
      });
    const body = rewriteBlock(stores(kernel.body), {
      load: (arg, index) => (arg === of ? { k: 'load', arg, index: own(index) } : undefined),
    });
    const memories = kernel.memories.map((m, n): Memory => {
      if (n !== of) return m;
      const shape = m.shape.toSpliced(at, 0, dimConst(kernel.threads));
      if (isOfVectors && constantOf(shape.at(-1)!) !== VECTOR)
        throw new LoopError('form', `${name} has no vectors`);
      return { ...m, space: 'workgroup', shape, ...(isOfVectors ? { vectors: true as const } : {}) };
    });
    return { ...kernel, memories, body };
  },
});
