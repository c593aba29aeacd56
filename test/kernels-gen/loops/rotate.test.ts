/** Arrays that do not rotate in loops which read them otherwise, or not from their start to their end. */
import { expect, test } from 'vitest';
import { dimConst } from '../../../compiler/dims/dims.ts';
import { ax, int, load } from '../../../compiler/primitives/build.ts';
import { type Body, type LoopKernel, trips } from '../../../kernels-gen/loops/type.ts';
import { rotate } from '../../../kernels-gen/schedule/steps/rotate.ts';
import { kernel as kernelOf, loop, MEMORIES, N, OUT, store } from './small-kernels.ts';
import { memory } from './statements.ts';

const [ROW, QUAD, LANES] = [0, 1, 2].map((n) => n + MEMORIES.length) as [number, number, number];
const kernel = (...body: Body): LoopKernel => ({
  ...kernelOf(body, N),
  memories: [
    ...MEMORIES,
    memory('row', 'register', N),
    memory('quad', 'register', 4),
    memory('held', 'lanes', 4, N),
  ],
});
const k = ax('k');
const reading = (of: number, index = [k]) => store(OUT, [k], load(of, index));
const lanes = (axis: string, ...body: Body) => loop(axis, N, body, { how: 'invocation', stride: 1 });

const REFUSED: Readonly<Record<string, readonly [string, LoopKernel, string]>> = {
  'a part of an array': [
    'row',
    kernel(loop('k', 4, [reading(ROW)])),
    'the loop over k does not count the last dimension of row',
  ],
  'every second element': [
    'quad',
    kernel(loop('k', 4, [reading(QUAD)], { trips: trips(dimConst(4), 2) })),
    'the loop over k does not count the last dimension of quad',
  ],
  'an array of which the loop changes an element beside another memory': [
    'quad',
    kernel(loop('k', 4, [reading(QUAD), store(QUAD, [k])])),
    'the loop over k stores to quad',
  ],
  'an array that another loop counts': [
    'quad',
    kernel(loop('j', 4, [loop('k', 4, [reading(QUAD, [ax('j')])])])),
    'the loop over k reads other elements of quad',
  ],
  'registers of lanes that two loops count': [
    'held',
    kernel(
      lanes('l', loop('k', 4, [reading(LANES, [k, ax('l')])])),
      lanes('m', store(OUT, [ax('m')], load(LANES, [int(0), ax('m')]))),
    ),
    'several loops count the lanes of held',
  ],
};

test.each(Object.entries(REFUSED))('%s does not rotate', (_, [name, own, message]) => {
  expect(() => rotate(name, 'k').apply(own)).toThrow(message);
});
