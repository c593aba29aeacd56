/**
 * Keeps what the invocations of one subgroup hand each other in registers instead of workgroup memory. Each stores in its
 * own place, and the others read that by a shuffle. Lanes run a shuffle together, so that no barrier is needed.
 *
 *     for n in 4 by invocation:              for n in 4 by invocation:
 *       handed[n] = a[n]                       handed[n] = a[n]
 *       barrier                      →         for u in 4:
 *       for u in 4:                              sum += handed[u]
 *         sum += handed[u]
 *       barrier
 *
 * The memory is in lanes afterwards.
 */
import { constantOf } from '../../../compiler/dims/dims.ts';
import { LoopError } from '../../loops/error.ts';
import { memoriesLoaded, writesIn } from '../../loops/expressions.ts';
import { inside } from '../../loops/rewrite.ts';
import type { Body, Memory } from '../../loops/type.ts';
import { requireAll } from './require.ts';
import type { LoopStep } from './step.ts';

/** Keeps all workgroup memories in the lanes that the loop over `lane` counts, which are all invocations of a workgroup. */
export const shuffle = (lane: string): LoopStep => ({
  says: `shuffle what lanes ${lane} hand each other`,
  apply(kernel) {
    requireAll(kernel, lane);
    const handed = new Set<number>();
    for (const [n, { name, space, shape }] of kernel.memories.entries()) {
      if (space !== 'workgroup') continue;
      if (constantOf(shape.at(-1)!) !== kernel.threads)
        throw new LoopError('form', `${name} has no place for each of ${kernel.threads} lanes`);
      handed.add(n);
    }
    for (const s of writesIn(kernel.body)) {
      const own = s.index.at(-1);
      if (handed.has(s.to) && !(s.k === 'store' && own?.k === 'axis' && own.name === lane))
        throw new LoopError('form', `a lane stores to another place of ${kernel.memories[s.to]!.name}`);
    }
    for (const n of memoriesLoaded(kernel.body)) {
      const { name, space } = kernel.memories[n]!;
      if (space === 'output' || space === 'temporary')
        throw new LoopError('form', `barriers are also for ${name}`);
    }
    const memories = kernel.memories.map((m, n): Memory => (handed.has(n) ? { ...m, space: 'lanes' } : m));
    const without = (block: Body): Body =>
      block.flatMap((s) => (s.k === 'barrier' ? [] : [inside(s, without)]));
    return { ...kernel, memories, body: without(kernel.body) };
  },
});
