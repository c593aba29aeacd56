/**
 * Distributes a loop over the subgroups of a workgroup, in rounds where there are fewer subgroups. A condition keeps those
 * without an iteration from the statements that use its number. All of them run the others, and meet the barriers.
 *
 *     for s in 4:                      for s in 4 subgroup:
 *       barrier                          barrier
 *       tile[…] = …               →      tile[…] = …
 *       barrier                          barrier
 *       sum[s] += tile[…]                if s < 4:
 *                                          sum[s] += tile[…]
 */
import { ax, ilt, int } from '../../../compiler/primitives/build.ts';
import { hasBarrier } from '../../loops/expressions.ts';
import { type Head, namesOf, namesUsed, nested } from '../../loops/perfect-nest.ts';
import { replaceLoop } from '../../loops/rewrite.ts';
import type { Body } from '../../loops/type.ts';
import { requireUnused, wholeSize } from './require.ts';
import type { LoopStep } from './step.ts';

/** Distributes the loop over `axis` over the subgroups of `threads` invocations. */
export const bindSubgroups = (axis: string, threads: number): LoopStep => ({
  says: `bind ${axis} to the subgroups of ${threads} invocations`,
  apply(kernel) {
    requireUnused(kernel);
    const bound = replaceLoop(kernel, axis, (loop) => {
      const cond: Head = { k: 'if', cond: ilt(ax(axis), int(wholeSize(loop))), body: [] };
      return [{ ...loop, how: 'subgroup', body: guarded(loop.body, [cond], new Set([axis])) }];
    });
    return { ...bound, threads };
  },
});

/** Statements under a condition where they use one of some names. `heads` are the condition and what defines the names. */
function guarded(block: Body, heads: readonly Head[], names: ReadonlySet<string>): Body {
  const own = [...heads];
  const known = new Set(names);
  return block.flatMap((s): Body => {
    if (![...namesUsed([s])].some((name) => known.has(name))) return [s];
    if (s.k === 'let' || s.k === 'digits') {
      own.push(s);
      for (const name of namesOf(s)) known.add(name);
      return [];
    }
    if ((s.k === 'for' || s.k === 'if') && hasBarrier(s.body))
      return [{ ...s, body: guarded(s.body, own, known) }];
    return nested({ loops: [], heads: own, body: [s] });
  });
}
