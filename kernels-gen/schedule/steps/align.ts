/**
 * Clamps an index in a loop over the parts of a vector by whole vectors, so that its parts stay neighbours. The index
 * ends at a multiple of the vector's length.
 *
 *     for p in 4:                                        let k_vector = (⌊(o * 16 + g * 4) / 4⌋ if … < 20 else 4)
 *       let n = g * 4 + p                                for p in 4:
 *       let k = (o * 16 + n if … < 20 else 19)     →       let n = g * 4 + p
 *       body                                               let k = k_vector * 4 + p
 *                                                          body
 */
import { constantOf, dimConst } from '../../../compiler/dims/dims.ts';
import { ax, iadd, idiv, imul, int, iselect } from '../../../compiler/primitives/build.ts';
import { rewriteBool, rewriteInt, substituteAxes } from '../../../compiler/primitives/substitute.ts';
import { LoopError } from '../../loops/error.ts';
import { axesOf } from '../../loops/perfect-nest.ts';
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
      const start = imul(ax(group), int(length));
      const by = substituteAxes(new Map([[index, start]]));
      const named: Statement[] = [];
      const body = loop.body.map((s): Statement => {
        if (s.k !== 'let' || s.value.k !== 'iselect' || !axesOf(s.value).has(index)) return s;
        const extent = constantOf(s.extent);
        if (extent === undefined || extent % length !== 0)
          throw new LoopError('form', `${s.name} does not end at a multiple of ${length}`);
        const { cond, then } = s.value;
        const vector = `${s.name}_vector`;
        const vectors = extent / length;
        const value = iselect(rewriteBool(cond, by), idiv(rewriteInt(then, by), length), int(vectors - 1));
        named.push({ k: 'let', name: vector, value, extent: dimConst(vectors) });
        return { ...s, value: iadd(imul(ax(vector), int(length)), ax(part)) };
      });
      return [...named, { ...loop, body }] satisfies Body;
    }),
});
