/**
 * Clamps an index in a loop over the parts of a vector by whole vectors, so that its parts stay neighbours. The index
 * ends at a multiple of the vector's length.
 *
 *     for p in 4:                                        let first_k = (o * 16 + g * 4 if … < 20 else 16)
 *       let n = g * 4 + p                                for p in 4:
 *       let k = (o * 16 + n if … < 20 else 19)     →       let n = g * 4 + p
 *       body                                               let k = first_k + p
 *                                                          body
 */
import { constantOf } from '../../../compiler/dims/dims.ts';
import { ax, iadd, int, iselect } from '../../../compiler/primitives/build.ts';
import type { IntExpr } from '../../../compiler/primitives/expr.ts';
import { rewriteBool, rewriteInt, substituteAxes } from '../../../compiler/primitives/substitute.ts';
import { LoopError } from '../../loops/error.ts';
import { replaceLoop } from '../../loops/rewrite.ts';
import type { Body, Statement } from '../../loops/type.ts';
import type { LoopStep } from './step.ts';

/** Aligns the names that depend on `index`, which is `group` times the length of the loop over `part`, plus the part. */
export const align = (index: string, group: string, part: string): LoopStep => ({
  says: `align what is clamped in ${part}`,
  apply: (kernel) =>
    replaceLoop(kernel, part, (loop) => {
      const length = constantOf(loop.trips.of);
      if (length === undefined) throw new LoopError('form', `the loop over ${part} has no fixed size`);
      const start: IntExpr = { k: 'imul', a: ax(group), b: int(length) };
      const by = substituteAxes(new Map([[index, start]]));
      const firsts: Statement[] = [];
      const body = loop.body.map((s): Statement => {
        if (s.k !== 'let' || s.value.k !== 'iselect') return s;
        const extent = constantOf(s.extent);
        if (extent === undefined || extent % length !== 0)
          throw new LoopError('form', `${s.name} does not end at a multiple of ${length}`);
        const { cond, then } = s.value;
        const first = `first_${s.name}`;
        const value = iselect(rewriteBool(cond, by), rewriteInt(then, by), int(extent - length));
        firsts.push({ k: 'let', name: first, value, extent: s.extent });
        return { ...s, value: iadd(ax(first), ax(part)) };
      });
      return [...firsts, { ...loop, body }] satisfies Body;
    }),
});
