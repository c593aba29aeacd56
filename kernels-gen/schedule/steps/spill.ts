/**
 * Copies an array of registers to another one before the loops that read it. These loops get names of their own, so that
 * they can run one by one, while the loops that compute the array are unrolled and have a variable for each element.
 *
 *     for i in 4:                      for i in 4:
 *       out[i] = f(acc[i])      →        results[i] = acc[i]
 *                                      for i_out in 4:
 *                                        out[i_out] = f(results[i_out])
 */
import { ax, load } from '../../../compiler/primitives/build.ts';
import { copyOf } from '../../loops/copies.ts';
import { LoopError } from '../../loops/error.ts';
import { memoriesLoaded, writesIn } from '../../loops/expressions.ts';
import { nested, nestOf } from '../../loops/perfect-nest.ts';
import { freeName, inside, rewriteBlock } from '../../loops/rewrite.ts';
import type { Body, Memory, Statement } from '../../loops/type.ts';
import { registersNamed } from './registers.ts';
import type { LoopStep } from './step.ts';

interface Spilling {
  /** The name of the copy, and the end of the names in the loops that read it. */
  readonly as: string;
  readonly suffix: string;
}

/** Spills the register `name` in the nests of loops over `axes` that read its elements at these axes. */
export const spill = (name: string, axes: readonly string[], { as, suffix }: Spilling): LoopStep => ({
  says: `spill ${name} to ${as} before its results are stored`,
  apply(kernel) {
    const [of] = registersNamed(kernel, [name]) as [number];
    const to = kernel.memories.length;
    const index = axes.map(ax);
    let isFound = false;
    const change = (block: Body): Body =>
      block.flatMap((s): Body => {
        const nest = s.k === 'for' ? nestOf(s, new Set(axes)) : undefined;
        const isRead = nest && memoriesLoaded([s]).has(of) && !writesIn([s]).some((w) => w.to === of);
        if (!isRead) return [inside(s, change)];
        isFound = true;
        const loops = axes.map((a) => nest.loops.find((l) => l.axis === a)!);
        const copy: Statement = { k: 'store', to, index, value: load(of, index) };
        const reads = rewriteBlock([s], {
          load(arg, own) {
            if (arg !== of) return undefined;
            if (own.length !== axes.length || own.some((i, d) => i.k !== 'axis' || i.name !== axes[d]))
              throw new LoopError('form', `${name} is not read at ${axes.join(', ')}`);
            return load(to, own);
          },
        });
        return [...nested({ loops, heads: [], body: [copy] }), ...copyOf(reads, new Map(), suffix)];
      });
    const body = change(kernel.body);
    if (!isFound) throw new LoopError('form', `no loops over ${axes.join(', ')} read ${name} alone`);
    const { shape } = kernel.memories[of]!;
    const memory: Memory = { name: freeName(kernel.memories, as), space: 'register', shape, dtype: 'f32' };
    return { ...kernel, memories: [...kernel.memories, memory], body };
  },
});
