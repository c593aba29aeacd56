/**
 * Lets the lanes of a subgroup load an array as vectors, whose elements they exchange. A lane loads the elements 4 l to
 * 4 l + 3 of a chunk at once, and stores those that are l modulo the number of lanes.
 *
 *     for p in 32:                  for l in 8 by invocation:
 *       own[p] = a[p]       →         for n in 4 vector: v[n, l] = a[l * 4 + n]
 *                                     for n in 4: own[n * 8 + l] = v[l mod 4, n * 2 + ⌊l / 4⌋]
 *
 * Chunks beyond the end repeat the last vector.
 */
import { constantOf, dimConst } from '../../../compiler/dims/dims.ts';
import { ax, iadd, idiv, ilt, imod, imul, int, iselect, load } from '../../../compiler/primitives/build.ts';
import { rewriteExpr, substituteAxes } from '../../../compiler/primitives/substitute.ts';
import { LoopError } from '../../loops/error.ts';
import { loopOver, replaceLoop, rewriteBlock } from '../../loops/rewrite.ts';
import { type Body, type How, loop, type Memory, type Statement, VECTOR } from '../../loops/type.ts';
import type { LoopStep } from './step.ts';

interface Loading {
  readonly lanes: number;
  /** The execution of the loop over chunks. */
  readonly how: How;
}

/** Loads in place of the loop over the places `at` of an array, which stores elements of a buffer there. */
export const loadVectors = (at: string, { lanes, how }: Loading): LoopStep => ({
  says: `load vectors along ${at} in ${lanes} lanes`,
  apply(kernel) {
    const { body, trips: of } = loopOver(kernel, at);
    const [s, ...heads] = [...body].reverse();
    const size = constantOf(of.of);
    const isCopy = heads.every((h) => h.k === 'digits') && kernel.threads === 1;
    if (s?.k !== 'store' || s.value.k !== 'load' || !isCopy || size === undefined || size % VECTOR !== 0)
      throw new LoopError('form', `the loop over ${at} does not copy whole vectors`);
    const { value } = s;
    const loaded = kernel.memories.length;
    const memories = [
      ...kernel.memories.map((m, n): Memory => (n === value.arg ? { ...m, vectors: true } : m)),
      {
        name: 'loaded',
        space: 'lanes',
        shape: [VECTOR, lanes].map((n) => dimConst(n)),
        dtype: 'f32',
      } as const,
    ];
    const [lane, n] = [ax('lane'), ax('n')];
    const vectors = size / VECTOR;
    const vector = iadd(imul(ax('chunk'), int(lanes)), lane);
    const inside =
      vectors % lanes === 0 ? vector : iselect(ilt(vector, int(vectors)), vector, int(vectors - 1));
    const place = iadd(imul(ax('vector'), int(VECTOR)), n);
    const here = substituteAxes(new Map([[at, place]]));
    const part: Body = [
      ...rewriteBlock(body.slice(0, -1), here),
      { k: 'store', to: loaded, index: [n, lane], value: rewriteExpr(value, here) },
    ];
    const own = iadd(imul(iadd(imul(ax('chunk'), int(VECTOR)), n), int(lanes)), lane);
    const dealt: Statement = {
      ...{ k: 'store', to: s.to, index: [own] },
      value: load(loaded, [imod(lane, VECTOR), iadd(imul(n, int(lanes / VECTOR)), idiv(lane, VECTOR))]),
    };
    const chunk = loop('chunk', Math.ceil(vectors / lanes), how, [
      { k: 'let', name: 'vector', value: inside, extent: dimConst(vectors) },
      loop('n', VECTOR, 'vector', part),
      loop('n', VECTOR, 'vector', [dealt]),
    ]);
    return {
      ...replaceLoop(kernel, at, () => [loop('lane', lanes, 'invocation', [chunk])]),
      memories,
      threads: lanes,
    };
  },
});
