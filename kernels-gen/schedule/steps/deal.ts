/**
 * Deals the iterations of loops to the invocations of a workgroup: each takes every `threads`-th one, and has the elements
 * of arrays that belong to its own iterations. Iterations beyond the last one repeat it and store no results.
 *
 *     for r in 2:                             for r in 2:
 *       for c in 10: sum[c] = 0                 for n in 4 by invocation / 1:
 *       for n in 4: f(n)               →          for c_round in 3: sum[c_round] = 0
 *       for d in 10: out[d] = sum[d]              f(n)
 *                                                 for d_round in 3:
 *                                                   let d = (d_round * 4 + n if d_round * 4 + n < 10 else 9)
 *                                                   if d_round * 4 + n < 10: out[d] = sum[d_round]
 */
import { constantOf, dimConst } from '../../../compiler/dims/dims.ts';
import { ax, iadd, ilt, imul, int, iselect, isub, load } from '../../../compiler/primitives/build.ts';
import type { BoolExpr, IntExpr } from '../../../compiler/primitives/expr.ts';
import { LoopError } from '../../loops/error.ts';
import { expressionsOf, memoriesIn } from '../../loops/expressions.ts';
import { namesUsed } from '../../loops/perfect-nest.ts';
import { inside, loopOver, replaceLoop, rewriteBlock } from '../../loops/rewrite.ts';
import {
  type Body,
  type For,
  type LoopKernel,
  loop,
  type Memory,
  type Statement,
  trips,
} from '../../loops/type.ts';
import { registersNamed } from './registers.ts';
import { requireUnused, wholeSize } from './require.ts';
import type { LoopStep } from './step.ts';

interface Dealing {
  /** The arrays in registers that only these loops use, at the loops' axes. */
  readonly arrays?: readonly string[];
  /** The number of invocations, and the name of the loop over them, which exists already where they compute alone. */
  readonly threads: number;
  readonly as: string;
  /** The loop whose body the invocations run. */
  readonly around: string;
}

/** The name of the loop over an invocation's own iterations of a loop over `axis`. */
export const roundOf = (axis: string): string => `${axis}_round`;

export const deal = (axes: readonly string[], { arrays = [], threads, as, around }: Dealing): LoopStep => ({
  says: `deal ${[...axes, as].join(', ')} to ${threads} invocations ${as}`,
  apply(kernel) {
    requireUnused(kernel);
    const numbers = registersNamed(kernel, arrays);
    const rounds = (n: number) => dimConst(Math.ceil(n / threads));
    const memories = kernel.memories.map(
      (m, n): Memory => (numbers.includes(n) ? { ...m, shape: [rounds(constantOf(m.shape[0]!)!)] } : m),
    );
    const change = (body: Body): Body =>
      body.flatMap((s): Body => {
        if (s.k === 'for' && axes.includes(s.axis))
          return [dealt(kernel, s, { threads, as, arrays: numbers })];
        if (s.k !== 'for' || s.axis !== as) {
          requireNone(kernel, s, numbers);
          return [inside(s, change)];
        }
        if (wholeSize(s) !== threads)
          throw new LoopError('form', `the loop over ${as} has not ${threads} iterations`);
        return change(s.body);
      });
    const { body } = loopOver(kernel, around);
    const all = loop(as, threads, 'invocation', change(body));
    return { ...replaceLoop(kernel, around, (outer) => [{ ...outer, body: [all] }]), memories, threads };
  },
});

/** Throws LoopError for a statement, apart from those in it, that touches an array. */
function requireNone({ memories }: LoopKernel, s: Statement, arrays: readonly number[]): void {
  const loaded = memoriesIn(expressionsOf(s));
  const found = arrays.find((n) => ('to' in s && s.to === n) || loaded.has(n));
  if (found !== undefined)
    throw new LoopError('form', `${memories[found]!.name} is used outside the loops that are dealt`);
}

/** A loop over an invocation's own iterations. */
function dealt(
  kernel: LoopKernel,
  loop: For,
  { threads, as, arrays }: { threads: number; as: string; arrays: readonly number[] },
): For {
  const [extent, round] = [wholeSize(loop), roundOf(loop.axis)];
  const place = iadd(imul(ax(round), int(threads)), ax(as));
  const isThere = ilt(place, int(extent));
  const isFull = extent % threads === 0;
  const own = (name: number, index: readonly IntExpr[]): boolean => {
    if (!arrays.includes(name)) return false;
    const [at] = index;
    if (at?.k === 'axis' && at.name === loop.axis) return true;
    throw new LoopError('form', `an element of ${kernel.memories[name]!.name} is not that of ${loop.axis}`);
  };
  const loaded = rewriteBlock(loop.body, {
    load: (arg, index) => (own(arg, index) ? load(arg, [ax(round)]) : undefined),
  });
  const body = stores(kernel, loaded, isFull ? undefined : isThere, (to, index) =>
    own(to, index) ? [ax(round)] : index,
  );
  const value = isFull ? place : iselect(isThere, place, isub(int(extent), int(1)));
  const name: Body = namesUsed(body).has(loop.axis)
    ? [{ k: 'let', name: loop.axis, value, extent: loop.trips.of }]
    : [];
  const times = trips(dimConst(Math.ceil(extent / threads)));
  return { ...loop, axis: round, trips: times, body: [...name, ...body] };
}

/** Statements with other indices of their stores, those to results under a condition. */
const stores = (
  kernel: LoopKernel,
  block: Body,
  cond: BoolExpr | undefined,
  index: (to: number, index: readonly IntExpr[]) => readonly IntExpr[],
): Body =>
  block.map((s): Statement => {
    if (s.k !== 'store' && s.k !== 'accumulate') return inside(s, (b) => stores(kernel, b, cond, index));
    const own = { ...s, index: index(s.to, s.index) };
    const isResult = kernel.memories[s.to]!.space === 'output';
    return cond && isResult ? { k: 'if', cond, body: [own] } : own;
  });
