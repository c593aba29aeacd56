/**
 * Shares the sum of a loop among invocations: each adds up every `threads`-th term, and they combine their sums, as a
 * subgroup or by a tree in workgroup memory. The first of them computes what follows.
 *
 *     acc = 0                        for s in 4 by invocation:
 *     for k in 10:          →          acc = 0
 *       acc += a[k]                    for k in s, 4 more, … < 10:
 *     out[i] = acc                       acc += a[k]
 *                                      part[s] = acc
 *                                      barrier
 *                                      if s < 2: part[s] += part[s + 2]
 *                                      barrier
 *                                      if s < 1: part[s] += part[s + 1]
 *                                      barrier
 *                                      if s < 1:
 *                                        acc = part[s]
 *                                        out[i] = acc
 */
import { constantOf, dimConst } from '../../../compiler/dims/dims.ts';
import { ax, iadd, ilt, int, iselect, isub, extentOf as sizeOf } from '../../../compiler/primitives/build.ts';
import type { Expr } from '../../../compiler/primitives/expr.ts';
import { rewriteExpr, substituteAxes } from '../../../compiler/primitives/substitute.ts';
import { LoopError } from '../../loops/error.ts';
import { inside, loopOver } from '../../loops/rewrite.ts';
import { type Body, type For, type LoopKernel, type Memory, trips } from '../../loops/type.ts';
import type { LoopStep } from './step.ts';

interface Sharing {
  /** The number of invocations that share each result. */
  readonly threads: number;
  /** The name of the loop over them. */
  readonly as: string;
  /** Whether they are one subgroup. */
  readonly subgroup?: boolean;
}

/** Shares the loop over `axis`, whose block accumulates in one register. All other invocations' loops are around it. */
export const share = (axis: string, { threads, as, subgroup = false }: Sharing): LoopStep => ({
  says: `share ${axis} among ${threads} invocations ${as}${subgroup ? ', a subgroup' : ''}`,
  apply(kernel) {
    // A tree halves the number of sums.
    if (!Number.isInteger(Math.log2(threads)))
      throw new LoopError('form', `${threads} invocations, which share ${axis}, are no power of two`);
    if (loopOver(kernel, axis).from) throw new LoopError('form', `the loop over ${axis} does not start at 0`);
    const lanes = invocationsAround(kernel, axis);
    const part = kernel.memories.length;
    const change = (block: Body): Body => {
      const at = block.findIndex((s) => s.k === 'for' && s.axis === axis);
      if (at < 0) return block.map((s) => inside(s, change));
      const named = block.findIndex((s) => s.k !== 'let' && s.k !== 'digits');
      const [names, before, loop, after] = [
        block.slice(0, named),
        block.slice(named, at),
        block[at] as For,
        block.slice(at + 1),
      ];
      const acc = accumulated(loop.body);
      const shared = [...startingAt(before, loop, as), { ...loop, from: { value: ax(as), step: threads } }];
      const combined: Body = subgroup
        ? [{ k: 'collect', to: acc.to, index: [], combine: acc.combine }]
        : tree(acc, part, [as, ...lanes.map((l) => l.axis)], threads);
      const own: Body = subgroup
        ? after
        : [
            { k: 'store', to: acc.to, index: [], value: element(part, [as, ...lanes.map((l) => l.axis)]) },
            ...after,
          ];
      const last: Body = [{ k: 'if', cond: ilt(ax(as), int(1)), body: own }];
      const body: Body = [...shared, ...combined, ...last];
      const distributed: For = {
        ...{ k: 'for', axis: as, trips: trips(dimConst(threads)), how: 'invocation', stride: kernel.threads },
        body,
      };
      return [...names, distributed];
    };
    const body = change(kernel.body);
    const shape = [threads, ...lanes.map((l) => constantOf(l.trips.of)!)].map(dimConst);
    const memories: readonly Memory[] = subgroup
      ? kernel.memories
      : [...kernel.memories, { name: 'part', space: 'workgroup', shape, dtype: 'f32' }];
    return { memories, threads: kernel.threads * threads, body };
  },
});

const element = (of: number, names: readonly string[]): Expr => ({
  k: 'load',
  arg: of,
  index: names.map(ax),
});

/** The loops around the one over an axis that are distributed over invocations. */
function invocationsAround(kernel: LoopKernel, axis: string): readonly For[] {
  const find = (block: Body, around: readonly For[]): readonly For[] | undefined => {
    for (const s of block) {
      if (s.k === 'for' && s.axis === axis) return around;
      if (s.k !== 'for' && s.k !== 'if') continue;
      const found = find(s.body, s.k === 'for' && s.how === 'invocation' ? [...around, s] : around);
      if (found) return found;
    }
    return undefined;
  };
  return find(kernel.body, [])!;
}

/** The only statement of nested loops, which accumulates in a register. */
function accumulated(block: Body): Extract<Body[number], { k: 'accumulate' }> {
  const [only, ...others] = block;
  if (only?.k === 'for' && others.length === 0) return accumulated(only.body);
  if (only?.k === 'accumulate' && only.index.length === 0 && others.length === 0) return only;
  throw new LoopError('form', 'the loop does more than accumulate in one register');
}

/** The statements before a loop, where a maximum starts from the term at which each invocation's iterations start. */
function startingAt(before: Body, loop: For, as: string): Body {
  const acc = accumulated(loop.body);
  const [only, ...others] = before;
  if (only?.k !== 'store' || others.length > 0 || acc.to !== only.to)
    throw new LoopError('form', 'the accumulator is not set just before the loop');
  if (acc.combine === 'sum') return before;
  const last = isub(sizeOf(loop.trips.of), int(1));
  const first = `first_${loop.axis}`;
  const start = iselect(ilt(ax(as), last), ax(as), last);
  const at = new Map([
    ...axesWithin(loop.body).map((a) => [a, int(0)] as const),
    [loop.axis, ax(first)] as const,
  ]);
  return [
    { k: 'let', name: first, value: start, extent: loop.trips.of },
    { ...only, value: rewriteExpr(acc.value, substituteAxes(at)) },
  ];
}

/** The axes of nested loops. */
const axesWithin = (block: Body): readonly string[] =>
  block.flatMap((s) => (s.k === 'for' ? [s.axis, ...axesWithin(s.body)] : []));

/** A tree that combines `threads` elements of each lane in workgroup memory: half of them take the other half's. */
function tree(
  acc: { readonly to: number; readonly combine: 'sum' | 'max' },
  part: number,
  names: readonly string[],
  threads: number,
): Body {
  const [as, ...lanes] = names;
  const index = names.map(ax);
  const barrier: Body = [{ k: 'barrier', scope: 'workgroup' }];
  const levels: Body[] = [];
  for (let half = threads / 2; half >= 1; half /= 2) {
    const other: Expr = { k: 'load', arg: part, index: [iadd(ax(as!), int(half)), ...lanes.map(ax)] };
    levels.push([
      {
        ...{ k: 'if', cond: ilt(ax(as!), int(half)) },
        body: [{ k: 'accumulate', to: part, index, combine: acc.combine, value: other }],
      },
      ...barrier,
    ]);
  }
  const own: Body = [{ k: 'store', to: part, index, value: { k: 'load', arg: acc.to, index: [] } }];
  return [...own, ...barrier, ...levels.flat()];
}
