/**
 * Hands values from the iterations of a loop to others through workgroup memory: one loop computes them, and another one
 * uses them, in another order of loops or in other invocations.
 *
 *     for n in 4:                          for n in 4:
 *       w = a[n]                             w = a[n]
 *       for c in 3:                          handed_w[n] = w
 *         sum[c] += w * b[n, c]      →     barrier
 *                                          for u in 4:
 *                                            for c in 3:
 *                                              sum[c] += handed_w[u] * b[u, c]
 *                                          barrier
 */
import { constantOf, type Dim, dimConst } from '../../../compiler/dims/dims.ts';
import { ax, load } from '../../../compiler/primitives/build.ts';
import type { IntExpr } from '../../../compiler/primitives/expr.ts';
import { substituteAxes } from '../../../compiler/primitives/substitute.ts';
import { LoopError } from '../../loops/error.ts';
import { memoriesLoaded } from '../../loops/expressions.ts';
import { axesOf, namesUsed } from '../../loops/perfect-nest.ts';
import { loopOver, replaceLoop, rewriteBlock } from '../../loops/rewrite.ts';
import type { Body, For, LoopKernel, Memory, Statement } from '../../loops/type.ts';
import { registersNamed, storedIn } from './registers.ts';
import type { LoopStep } from './step.ts';

interface Handing {
  /** The name of the loop that uses the values. */
  readonly as: string;
  /** The loops around, of which each iteration has values of its own. */
  readonly each: readonly string[];
}

/** Hands the registers `values`, which are stored in the loop over `axis` and used by the statements after. */
export const hand = (axis: string, values: readonly string[], { as, each }: Handing): LoopStep => ({
  says: `hand ${values.join(', ')} of each ${axis} to all ${as}`,
  apply(kernel) {
    const registers = registersNamed(kernel, values);
    const loop = loopOver(kernel, axis);
    const first = kernel.memories.length;
    const memories = [...kernel.memories, ...handed(kernel, values, [...each, axis])];
    const at = each.map(ax);
    const last = loop.body.findLastIndex((s) => s.k === 'store' && registers.includes(s.to));
    const [before, after] = [loop.body.slice(0, last + 1), loop.body.slice(last + 1)];
    const others = new Set(storedIn(before).filter((n) => !registers.includes(n)));
    const used = [...memoriesLoaded(after)].find((n) => others.has(n));
    if (used !== undefined)
      throw new LoopError('form', `${kernel.memories[used]!.name} is used after the values`);
    const stores = registers.map(
      (r, n): Statement => ({ k: 'store', to: first + n, index: [...at, ax(axis)], value: load(r, []) }),
    );
    const barrier: Statement = { k: 'barrier', scope: 'workgroup' };
    const use = rewriteBlock(renamed(before, after, axis, as), {
      load: (arg) => {
        const n = registers.indexOf(arg);
        return n < 0 ? undefined : load(first + n, [...at, ax(as)]);
      },
    });
    return replaceLoop({ ...kernel, memories }, axis, () => [
      { ...loop, body: [...before, ...stores] },
      barrier,
      { ...loop, axis: as, body: use },
      barrier,
    ]);
  },
});

/** The memories of values that iterations of loops hand over. */
export function handed(
  kernel: LoopKernel,
  values: readonly string[],
  axes: readonly string[],
): readonly Memory[] {
  const shape = axes.map((a): Dim => dimConst(fixedSize(loopOver(kernel, a))));
  return values.map((name) => ({ name: `handed_${name}`, space: 'workgroup', shape, dtype: 'f32' }));
}

function fixedSize({ axis, trips: { of, by } }: For): number {
  const extent = constantOf(of);
  if (extent === undefined || by !== 1)
    throw new LoopError('form', `the loop over ${axis} has no fixed size`);
  return extent;
}

/** Statements with `axis` as `as`, after the names of `before` that they use, which are renamed too. */
function renamed(before: Body, after: Body, axis: string, as: string): Body {
  const names = before.filter((s) => s.k === 'let');
  const used = namesUsed(after);
  for (const s of names.toReversed())
    if (used.has(s.name)) for (const name of axesOf(s.value)) used.add(name);
  const kept = names.filter((s) => used.has(s.name));
  const known = new Map<string, IntExpr>([
    [axis, ax(as)],
    ...kept.map((s): [string, IntExpr] => [s.name, ax(`${s.name}_${as}`)]),
  ]);
  const own = rewriteBlock([...kept, ...after], substituteAxes(known));
  return own.map((s) => (s.k === 'let' && known.has(s.name) ? { ...s, name: `${s.name}_${as}` } : s));
}
