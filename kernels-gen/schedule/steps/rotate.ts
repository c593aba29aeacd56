/**
 * Rotates an array of registers along its last dimension in a loop that counts the dimension, so that each iteration
 * finds its element first. Registers with constant indices are variables, and those with variable indices are slow.
 *
 *     for t in 4:                      for t in 4:
 *       acc += x[t] * b[t]      →        acc += x[0] * b[t]
 *                                        for x_part in 4 vector:
 *                                          x[x_part] = x[(x_part + 1) mod 4]
 *
 * After the loop, the array is as it was.
 */
import { constantOf, equalDim } from '../../../compiler/dims/dims.ts';
import { ax, iadd, imod, int, load } from '../../../compiler/primitives/build.ts';
import type { IntExpr } from '../../../compiler/primitives/expr.ts';
import { LoopError } from '../../loops/error.ts';
import { writesIn } from '../../loops/expressions.ts';
import { isRegister, laneAxes, ownIndex } from '../../loops/lanes.ts';
import { loopOver, replaceLoop, rewriteBlock } from '../../loops/rewrite.ts';
import { type LoopKernel, type Statement, trips, VECTOR } from '../../loops/type.ts';
import type { LoopStep } from './step.ts';

/** Rotates the registers `name` in the loop over `axis`, which alone reads them. */
export const rotate = (name: string, axis: string): LoopStep => ({
  says: `rotate ${name} in ${axis}`,
  apply(kernel) {
    const of = kernel.memories.findIndex((m) => m.name === name);
    const memory = kernel.memories[of];
    const loop = loopOver(kernel, axis);
    if (memory === undefined || !isRegister(memory)) fail(`there is no register ${name}`);
    const shape = ownIndex(memory, memory.shape);
    const isWhole = loop.trips.by === 1 && equalDim(loop.trips.of, shape.at(-1)!) && !loop.from && !loop.end;
    if (!isWhole || constantOf(loop.trips.of) !== VECTOR)
      fail(
        `the loop over ${axis} does not count the last dimension of ${name}, which has not ${VECTOR} parts`,
      );
    if (writesIn(loop.body).some((s) => s.to === of)) fail(`the loop over ${axis} stores to ${name}`);
    const last = shape.length - 1;
    const body = rewriteBlock(loop.body, {
      load(arg, index) {
        if (arg !== of) return undefined;
        const at = index[last]!;
        if (at.k !== 'axis' || at.name !== axis)
          fail(`the loop over ${axis} reads other elements of ${name}`);
        return load(arg, index.with(last, int(0)));
      },
    });
    return replaceLoop(kernel, axis, () => [{ ...loop, body: [...body, turned(kernel, of)] }]);
  },
});

function fail(message: string): never {
  throw new LoopError('form', message);
}

/** The statement that rotates an array: the next element becomes the first. */
function turned(kernel: LoopKernel, of: number): Statement {
  const memory = kernel.memories[of]!;
  const { name } = memory;
  const [lane, ...lanes] = memory.space === 'lanes' ? [...laneAxes(kernel)] : [];
  if (lanes.length > 0) fail(`several loops count the lanes of ${name}`);
  const own = ownIndex(memory, memory.shape);
  const others = own.slice(0, -1).map((extent, d) => ({ extent, axis: `${name}_${d}` }));
  const at = (part: IntExpr) => [...others.map((o) => ax(o.axis)), part, ...(lane ? [ax(lane)] : [])];
  const part = `${name}_part`;
  const next = imod(iadd(ax(part), int(1)), VECTOR);
  const parts: Statement = {
    ...{ k: 'for', axis: part, trips: trips(own.at(-1)!), how: 'vector' },
    body: [{ k: 'store', to: of, index: at(ax(part)), value: load(of, at(next)) }],
  };
  return others.reduceRight<Statement>(
    (body, { extent, axis }) => ({ k: 'for', axis, trips: trips(extent), how: 'unrolled', body: [body] }),
    parts,
  );
}
