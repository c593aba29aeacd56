/** Loops whose iterations are the parts of a vector, and those that are unrolled instead. */
import { expect, test } from 'vitest';
import { dimConst, dimVar } from '../../../compiler/dims/dims.ts';
import { ax } from '../../../compiler/primitives/build.ts';
import { loopOver } from '../../../kernels-gen/loops/rewrite.ts';
import { type Body, trips } from '../../../kernels-gen/loops/type.ts';
import { asVectors, vectorise, vectorWidth } from '../../../kernels-gen/schedule/steps/vectorise.ts';
import { ACC, add, kernel, loop, OUT, store, sums } from './small-kernels.ts';

const stored = [store(OUT, [ax('k')])];

test.each<[string, string, Body, number, readonly number[]]>([
  ['a store to a register', 'vector', [store(ACC, [])], 3, []],
  ['a sum in a register', 'vector', [add()], 2, []],
  ['a sum over the subgroup', 'vector', [{ k: 'collect', to: ACC, index: [], combine: 'sum' }], 4, []],
  ['a store to an array of vectors', 'vector', stored, 4, [OUT]],
  ['a store of three elements to an array of vectors', 'unrolled', stored, 3, [OUT]],
  ['a store to another buffer', 'unrolled', stored, 4, []],
  ['a store to another buffer after one to a register', 'unrolled', [store(ACC, []), ...stored], 4, []],
  ['a loop', 'unrolled', [loop('j', 2, stored)], 4, [OUT]],
  ['no statement', 'unrolled', [], 4, [OUT]],
])('a loop that ends in %s is %s', (_, how, body, n, buffers) => {
  expect(loopOver(vectorise('k', buffers).apply(kernel([loop('k', n, body)])), 'k').how).toBe(how);
});

test('a loop of one iteration, of blocks or over tokens is refused', () => {
  for (const more of [trips(dimConst(1)), trips(dimConst(4), 2), trips(dimVar('tokens'))])
    expect(() => vectorise('k', []).apply(sums(loop('k', 4, [add()], { trips: more })))).toThrow(
      'the loop over k has not 2 to 4 iterations',
    );
});

test('the widest vectors divide a number of neighbours', () => {
  const numbers = [1, 2, 3, 4, 5, 6, 8, 9, 10, 12];
  expect(numbers.map(vectorWidth)).toEqual([1, 2, 3, 4, 1, 3, 4, 3, 2, 4]);
});

test('the text of a step names the buffers that are arrays of vectors', () => {
  expect([[], [0, 2]].map((buffers) => asVectors(buffers).says)).toEqual([
    'declare none as arrays of vectors',
    'declare 0, 2 as arrays of vectors',
  ]);
});
