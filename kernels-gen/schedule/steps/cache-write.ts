/**
 * Adds up in registers what a loop adds to elements of an array. The elements are read before the loop and stored after it.
 *
 *     for k in 3:                              for j in 4: sum[j] = acc[i, j]
 *       for j in 4:                            for k in 3:
 *         acc[i, j] += a[k] * b[k, j]    →       for j in 4: sum[j] += a[k] * b[k, j]
 *                                              for j in 4: acc[i, j] = sum[j]
 */
import { ax, load } from '../../../compiler/primitives/build.ts';
import type { IntExpr } from '../../../compiler/primitives/expr.ts';
import { LoopError } from '../../loops/error.ts';
import { memoriesLoaded, writesIn } from '../../loops/expressions.ts';
import { axesOf, namesOf, nested, nestOf } from '../../loops/perfect-nest.ts';
import { freeName, replaceLoop } from '../../loops/rewrite.ts';
import type { Memory, Statement } from '../../loops/type.ts';
import { iterations, registersNamed } from './registers.ts';
import type { LoopStep } from './step.ts';

/**
 * Caches the register array `name` during each loop over `axis` that touches it. Such a loop holds nothing but a nest of loops
 * over `each` that adds to it. The last dimensions of the array are those of `each`.
 */
export const cacheWrite = (name: string, axis: string, each: readonly string[], as: string): LoopStep => ({
  says: `cache ${name} in registers ${as} during ${axis}`,
  apply(kernel) {
    const [of] = registersNamed(kernel, [name]) as [number];
    const to = kernel.memories.length;
    let shape: Memory['shape'] = [];
    let isFound = false;
    const replaced = replaceLoop(kernel, axis, (whole) => {
      if (!memoriesLoaded([whole]).has(of) && !writesIn([whole]).some((w) => w.to === of)) return [whole];
      const nest = nestOf(whole, new Set([axis, ...each]));
      const [sum, ...others] = nest?.body ?? [];
      if (!nest || sum?.k !== 'accumulate' || sum.to !== of || others.length > 0)
        throw new LoopError('form', `the loop over ${axis} does more than add to ${name}`);
      if (memoriesLoaded([whole]).has(of)) throw new LoopError('form', `the loop over ${axis} reads ${name}`);
      const loops = each.map((a) => nest.loops.find((l) => l.axis === a)!);
      const outer = sum.index.slice(0, sum.index.length - each.length);
      const index = each.map((a) => ax(a));
      const inner = sum.index.slice(outer.length);
      const changing = new Set([axis, ...each, ...nest.heads.flatMap(namesOf)]);
      if (!inner.every((i, d) => i.k === 'axis' && i.name === each[d]) || !outer.every(isFixed(changing)))
        throw new LoopError('form', `${name} has no elements of its own for ${each.join(', ')}`);
      shape = loops.map(iterations);
      isFound = true;
      const own = { ...sum, to, index };
      const copy = (s: Statement): readonly Statement[] => nested({ loops, heads: [], body: [s] });
      return [
        ...copy({ k: 'store', to, index, value: load(of, sum.index) }),
        ...nested({ ...nest, body: [own] }),
        ...copy({ k: 'store', to: of, index: sum.index, value: load(to, index) }),
      ];
    });
    if (!isFound) throw new LoopError('form', `no loop over ${axis} adds to ${name}`);
    const memory: Memory = { name: freeName(kernel.memories, as), space: 'register', shape, dtype: 'f32' };
    return { ...replaced, memories: [...kernel.memories, memory] };
  },
});

const isFixed = (changing: ReadonlySet<string>) => (i: IntExpr) =>
  [...axesOf(i)].every((name) => !changing.has(name));
