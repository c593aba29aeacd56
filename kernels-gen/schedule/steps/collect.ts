/**
 * Shares a sum among the lanes of a subgroup: each adds up the iterations of an inner loop that are its own, and the
 * subgroup adds up their sums. The first lane computes what follows.
 *
 *     acc = 0                            for l in 8 by invocation:
 *     for o in 4:                          acc = 0
 *       for n in 8:                →       for o in 4:
 *         acc += a[o * 8 + n]                let n = l
 *     out[i] = acc                           acc += a[o * 8 + n]
 *                                          acc = sum over the subgroup
 *                                          if l < 1:
 *                                            out[i] = acc
 */
import { isZeroQ } from '../../../compiler/dims/rational.ts';
import { ax, ilt, int } from '../../../compiler/primitives/build.ts';
import type { Expr } from '../../../compiler/primitives/expr.ts';
import { LoopError } from '../../loops/error.ts';
import { boundsOf, memoriesLoaded, type Write, writesIn } from '../../loops/expressions.ts';
import { inside, loopOver } from '../../loops/rewrite.ts';
import { type Body, type For, loop, type Statement } from '../../loops/type.ts';
import { fixedSize, requireUnused } from './require.ts';
import type { LoopStep } from './step.ts';

/** Shares the loops over `axes` of one register's sum, which have an iteration for each lane. `as` counts the lanes. */
export const collect = (axes: readonly string[], as: string): LoopStep => ({
  says: `collect ${axes.join(', ')} over the lanes ${as} of a subgroup`,
  apply(kernel) {
    requireUnused(kernel);
    const loops = axes.map((a) => loopOver(kernel, a));
    const [lanes, ...others] = loops.map(sizeOf);
    if (lanes === undefined || others.some((n) => n !== lanes))
      throw new LoopError('form', `the loops over ${axes.join(', ')} have different numbers of iterations`);
    const sum = sumOf(loops);
    let isFound = false;
    const own = (block: Body): Body =>
      block.flatMap((s): Body => {
        if (s.k !== 'for' || !axes.includes(s.axis)) return [inside(s, own)];
        return [{ k: 'let', name: s.axis, value: ax(as), extent: s.trips.of }, ...own(s.body)];
      });
    const change = (block: Body): Body => {
      const last = block.findLastIndex((s) => hasLoop(s, axes));
      const start = block.findIndex((s) => s.k === 'store' && s.to === sum && isZero(s.value));
      if (start < 0 || last < start) return block.map((s) => inside(s, change));
      isFound = true;
      const together: Statement = { k: 'collect', to: sum, index: [], combine: 'sum' };
      const after: Statement = { k: 'if', cond: ilt(ax(as), int(1)), body: block.slice(last + 1) };
      const body = [...own(block.slice(start, last + 1)), together, after];
      return [...block.slice(0, start), loop(as, lanes, 'invocation', body)];
    };
    const body = change(kernel.body);
    if (!isFound) throw new LoopError('form', `${kernel.memories[sum]!.name} is not 0 before the loops`);
    return { ...kernel, threads: lanes, body };
  },
});

/** The register that loops add to. Throws LoopError where they do more. */
function sumOf(loops: readonly For[]): number {
  const writes = writesIn(loops);
  const [sum] = writes;
  const isSum = (w: Write) =>
    w.k === 'accumulate' && w.combine === 'sum' && w.index.length === 0 && w.to === sum?.to;
  if (sum === undefined || !writes.every(isSum) || memoriesLoaded(loops).has(sum.to))
    throw new LoopError('form', 'the loops do more than add to one register');
  return sum.to;
}

const isZero = (e: Expr): boolean => e.k === 'const' && isZeroQ(e.value);

function sizeOf(loop: For): number {
  if (boundsOf(loop).length > 0)
    throw new LoopError('form', `the loop over ${loop.axis} has bounds of its own`);
  return fixedSize(loop);
}

const hasLoop = (s: Statement, axes: readonly string[]): boolean =>
  (s.k === 'for' && axes.includes(s.axis)) ||
  ((s.k === 'for' || s.k === 'if') && s.body.some((b) => hasLoop(b, axes)));
