/**
 * Lets the invocations of a workgroup run the iterations of an inner loop. Each has registers of its own, which are put
 * together at the end. The order of the iterations must not matter to the registers, up to rounding.
 *
 *     for r in 2:                 for r in 2:
 *       m = 0                       for n in 4 by invocation / 1:
 *       for k in 3:                   m = 0
 *         for n in 4:                 for k in 3:
 *           m = g(m, k, n)     →        m = g(m, k, n)
 *       out[r] = m                    handed_m[r, n] = m
 *                                     barrier
 *                                     m = 0
 *                                     for u in 4:
 *                                       other_m = handed_m[r, u]
 *                                       put other_m into m
 *                                     if n < 1: out[r] = m
 */
import { constantOf, dimConst } from '../../../compiler/dims/dims.ts';
import { ax, ilt, int, load } from '../../../compiler/primitives/build.ts';
import type { Expr } from '../../../compiler/primitives/expr.ts';
import { LoopError } from '../../loops/error.ts';
import { loopOver, replaceLoop } from '../../loops/rewrite.ts';
import { type Body, type LoopKernel, type Memory, type Statement, trips } from '../../loops/type.ts';
import { deal } from './deal.ts';
import { handed } from './hand.ts';
import { registersNamed } from './registers.ts';
import type { LoopStep } from './step.ts';

interface Privatisation {
  /** The loop whose body the invocations run, and the name of the loop that puts their registers together. */
  readonly around: string;
  readonly as: string;
  /** The statements that put the registers of another invocation into one's own. */
  readonly by: (kernel: LoopKernel, others: readonly Expr[]) => Body;
}

const scalar = { space: 'register', shape: [], dtype: 'f32' } as const;

/**
 * Gives each iteration of the loop over `axis` its own `registers`. The body of `around` is the stores that start them, a loop
 * around `axis`, and what follows.
 */
export const privatise = (
  axis: string,
  registers: readonly string[],
  { around, as, by }: Privatisation,
): LoopStep => ({
  says: `privatise ${registers.join(', ')} in ${axis}`,
  apply(kernel) {
    const numbers = registersNamed(kernel, registers);
    const first = kernel.memories.length;
    const each = [ax(around), ax(axis)];
    const others = registers.map((name): Memory => ({ ...scalar, name: `other_${name}` }));
    const memories = [...kernel.memories, ...handed(kernel, registers, [around, axis]), ...others];
    const threads = constantOf(loopOver(kernel, axis).trips.of)!;
    const stores = numbers.map(
      (r, n): Statement => ({ k: 'store', to: first + n, index: each, value: load(r, []) }),
    );
    const second = first + numbers.length;
    const taken = numbers.map((_, n): Statement => {
      return { k: 'store', to: second + n, index: [], value: load(first + n, [ax(around), ax(as)]) };
    });
    const merged = replaceLoop({ ...kernel, memories }, around, (loop) => {
      const at = loop.body.findIndex((s) => s.k === 'for');
      const starts = loop.body.slice(0, at).filter((s) => s.k === 'store' && numbers.includes(s.to));
      if (at < 0 || starts.length !== numbers.length)
        throw new LoopError('form', `${registers.join(', ')} are not set before a loop over ${axis}`);
      const last: Body = [{ k: 'if', cond: ilt(ax(axis), int(1)), body: loop.body.slice(at + 1) }];
      const merging: Statement = {
        ...{ k: 'for', axis: as, trips: trips(dimConst(threads)), how: 'serial' },
        body: [
          ...taken,
          ...by(
            kernel,
            numbers.map((_, n) => load(second + n, [])),
          ),
        ],
      };
      const met: Body = [...stores, { k: 'barrier', scope: 'workgroup' }, ...starts, merging];
      return [{ ...loop, body: [...loop.body.slice(0, at + 1), ...met, ...last] }];
    });
    return deal([], { threads, as: axis, around }).apply(merged);
  },
});
