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
import { type Dim, dimConst } from '../../../compiler/dims/dims.ts';
import { ax, load } from '../../../compiler/primitives/build.ts';
import type { IntExpr } from '../../../compiler/primitives/expr.ts';
import { substituteAxes } from '../../../compiler/primitives/substitute.ts';
import { LoopError } from '../../loops/error.ts';
import { memoriesLoaded, writesIn } from '../../loops/expressions.ts';
import { type Head, namesOf, nested, type PerfectNest } from '../../loops/perfect-nest.ts';
import { loopOver, replaceLoop, rewriteBlock } from '../../loops/rewrite.ts';
import type { LoopKernel, Memory, Statement } from '../../loops/type.ts';
import { registersNamed, storedIn } from './registers.ts';
import { fixedSize, nestOver } from './require.ts';
import type { LoopStep } from './step.ts';

interface Handing {
  /** The names of the loops that use the values. */
  readonly as: readonly string[];
  /** The loops around, of which each iteration has values of its own. */
  readonly each: readonly string[];
  /** Whether nothing replaces the values later in the workgroup, so that nothing waits for their last use. */
  readonly isLast?: true;
}

/** Hands the registers `values`, which are set in the nest of loops over `axes` and used by the statements after. */
export const hand = (
  axes: readonly string[],
  values: readonly string[],
  { as, each, isLast }: Handing,
): LoopStep => ({
  says: `hand ${values.join(', ')} of each ${axes.join(', ')} to all ${as.join(', ')}`,
  apply(kernel) {
    const registers = registersNamed(kernel, values);
    const nest = nestOver(kernel, axes);
    const first = kernel.memories.length;
    const memories = [...kernel.memories, ...handed(kernel, values, [...each, ...axes])];
    const at = (names: readonly string[]) => [...each, ...names].map(ax);
    const last = nest.body.findLastIndex((s) => writesIn([s]).some((w) => registers.includes(w.to)));
    const [before, after] = [nest.body.slice(0, last + 1), nest.body.slice(last + 1)];
    const others = new Set(storedIn(before).filter((n) => !registers.includes(n)));
    const used = [...memoriesLoaded(after)].find((n) => others.has(n));
    if (used !== undefined)
      throw new LoopError('form', `${kernel.memories[used]!.name} is used after the values`);
    const stores = registers.map(
      (r, n): Statement => ({ k: 'store', to: first + n, index: at(axes), value: load(r, []) }),
    );
    const barrier: Statement = { k: 'barrier', scope: 'workgroup' };
    const names = before.filter((s): s is Head => s.k === 'let' || s.k === 'digits');
    const using = renamed({ loops: nest.loops, heads: [...nest.heads, ...names], body: after }, as);
    const use = rewriteBlock(nested(using), {
      load: (arg) => {
        const n = registers.indexOf(arg);
        return n < 0 ? undefined : load(first + n, at(as));
      },
    });
    return replaceLoop({ ...kernel, memories }, axes[0]!, () => [
      ...nested({ ...nest, body: [...before, ...stores] }),
      barrier,
      ...use,
      ...(isLast ? [] : [barrier]),
    ]);
  },
});

/** A nest whose loops are named `as`, and whose names end in the first of these. */
function renamed({ loops, heads, body }: PerfectNest, as: readonly string[]): PerfectNest {
  const own = (name: string) => `${name}_${as[0]}`;
  const known = new Map<string, IntExpr>([
    ...loops.map((l, n): [string, IntExpr] => [l.axis, ax(as[n]!)]),
    ...heads.flatMap(namesOf).map((name): [string, IntExpr] => [name, ax(own(name))]),
  ]);
  const by = substituteAxes(known);
  return {
    loops: loops.map((l, n) => ({ ...l, axis: as[n]! })),
    heads: (rewriteBlock(heads, by) as Head[]).map((h) => {
      if (h.k === 'let') return { ...h, name: own(h.name) };
      return h.k === 'digits' ? { ...h, axes: h.axes.map((a) => ({ ...a, name: own(a.name) })) } : h;
    }),
    body: rewriteBlock(body, by),
  };
}

/** The memories of values that iterations of loops hand over. */
export function handed(
  kernel: LoopKernel,
  values: readonly string[],
  axes: readonly string[],
): readonly Memory[] {
  const shape = axes.map((a): Dim => dimConst(fixedSize(loopOver(kernel, a))));
  return values.map((name) => ({ name: `handed_${name}`, space: 'workgroup', shape, dtype: 'f32' }));
}
