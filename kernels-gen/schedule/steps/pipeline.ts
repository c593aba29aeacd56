/**
 * Stages tiles in double buffers: while a block of a sum is multiplied, the next one is copied. One barrier for each
 * block then suffices.
 *
 *     for o in n:                           barrier
 *       barrier                             if 0 < n:
 *       tile[…] = copy of block o             tile[0, …] = copy of block 0
 *       barrier                       →     for o in n:
 *       acc += tile[…]                        barrier
 *                                             if o + 1 < n:
 *                                               tile[(o + 1) mod 2, …] = copy of block o + 1
 *                                             acc += tile[o mod 2, …]
 */
import { dimConst } from '../../../compiler/dims/dims.ts';
import { ax, iadd, ilt, imod, imul, int, extentOf as sizeOf } from '../../../compiler/primitives/build.ts';
import type { IntExpr } from '../../../compiler/primitives/expr.ts';
import { copyOf } from '../../loops/copies.ts';
import { LoopError } from '../../loops/error.ts';
import { writesIn } from '../../loops/expressions.ts';
import { indexedBy, loopOver, replaceLoop } from '../../loops/rewrite.ts';
import type { Body, For, LoopKernel, Memory, Statement } from '../../loops/type.ts';
import type { LoopStep } from './step.ts';

/** Double-buffers what each loop over one of `axes` copies between its two barriers. */
export const pipeline = (axes: readonly string[]): LoopStep => ({
  says: `pipeline ${axes.join(', ')}`,
  apply(kernel) {
    const staged = new Set(axes.flatMap((a) => stagedBy(kernel, partsOf(loopOver(kernel, a)).copies)));
    const memories = kernel.memories.map(
      (m, n): Memory => (staged.has(n) ? { ...m, shape: [dimConst(2), ...m.shape] } : m),
    );
    return axes.reduce<LoopKernel>((k, axis) => replaceLoop(k, axis, (loop) => pipelined(loop, staged)), {
      ...kernel,
      memories,
    });
  },
});

function pipelined(loop: For, staged: ReadonlySet<number>): Body {
  const { axis, trips } = loop;
  const { wait, copies, products } = partsOf(loop);
  /** The copy of a block to a buffer, if the sum has that block. */
  const copied = (block: IntExpr, buffer: IntExpr, suffix: string): Statement => ({
    k: 'if',
    cond: ilt(trips.by === 1 ? block : imul(block, int(trips.by)), sizeOf(trips.of)),
    body: indexedBy(copyOf(copies, new Map([[axis, block]]), suffix), staged, [buffer]),
  });
  const next = iadd(ax(axis), int(1));
  const own = indexedBy(products, staged, [imod(ax(axis), 2)]);
  return [
    wait,
    copied(int(0), int(0), '_first'),
    { ...loop, body: [wait, copied(next, imod(next, 2), '_next'), ...own] },
  ];
}

/** The parts of a loop that stages: a barrier, copies, a barrier, and products. */
function partsOf({ axis, body, from, end }: For): {
  readonly wait: Statement;
  readonly copies: Body;
  readonly products: Body;
} {
  const [first, second] = body.flatMap((s, n) => (s.k === 'barrier' ? [n] : []));
  if (first !== 0 || second === undefined || from || end)
    throw new LoopError('form', `the loop over ${axis} does not copy between two barriers`);
  return { wait: body[0]!, copies: body.slice(1, second), products: body.slice(second + 1) };
}

/** The numbers of the memories that copies store to. Throws LoopError where they change others. */
function stagedBy(kernel: LoopKernel, copies: Body): number[] {
  return writesIn(copies).map((s) => {
    const { name, space } = kernel.memories[s.to]!;
    if (s.k === 'store' && space === 'workgroup') return s.to;
    throw new LoopError('form', `a copy changes ${name}, which is no workgroup memory`);
  });
}
