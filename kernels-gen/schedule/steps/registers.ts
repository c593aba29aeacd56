/** Looks up registers for steps, and gives their sizes. */
import { constantOf, type Dim, dimConst } from '../../../compiler/dims/dims.ts';
import { LoopError } from '../../loops/error.ts';
import { writesIn } from '../../loops/expressions.ts';
import type { Body, For, LoopKernel } from '../../loops/type.ts';

/** The numbers of registers with some names. Throws LoopError for a name that is none's. */
export const registersNamed = ({ memories }: LoopKernel, names: readonly string[]): readonly number[] =>
  names.map((name) => {
    const n = memories.findIndex((m) => m.space === 'register' && m.name === name);
    if (n < 0) throw new LoopError('form', `there is no register ${name}`);
    return n;
  });

/** The numbers of the memories that statements store to, without those that they only accumulate in. */
export const storedIn = (body: Body): readonly number[] =>
  writesIn(body).flatMap((s) => (s.k === 'store' ? [s.to] : []));

/** The size of a dimension with an element for each iteration of a loop. Throws LoopError where their number is unknown. */
export function iterations({ axis, trips: { of, by } }: For): Dim {
  const extent = constantOf(of);
  if (extent === undefined)
    throw new LoopError('form', `the loop over ${axis} has no fixed number of iterations`);
  return dimConst(Math.ceil(extent / by));
}
