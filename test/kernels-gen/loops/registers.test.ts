/** Registers that steps look up, the elements that they have for the iterations of a loop, and loops that count lanes. */
import { expect, test } from 'vitest';
import { constantOf, dimConst, dimVar } from '../../../compiler/dims/dims.ts';
import { type For, trips } from '../../../kernels-gen/loops/type.ts';
import { iterations, registersNamed } from '../../../kernels-gen/schedule/steps/registers.ts';
import { lanesAlong } from '../../../kernels-gen/schedule/steps/require.ts';
import { loop, memory } from './statements.ts';

test('registers are found by their names, the first memory included, and other memories are not', () => {
  const memories = [memory('x', 'register'), memory('tile', 'workgroup', 2), memory('y', 'register', 3)];
  const kernel = { memories, threads: 1, body: [] };
  expect(registersNamed(kernel, ['y', 'x'])).toEqual([2, 0]);
  expect(() => registersNamed(kernel, ['tile'])).toThrow('there is no register tile');
});

test('an incomplete block counts as an iteration, and a loop over tokens has no fixed number', () => {
  const blocks = loop('o', 1, 'serial', [], { trips: trips(dimConst(5), 2) });
  expect(constantOf(iterations(blocks))).toBe(3);
  expect(() => iterations({ ...blocks, trips: trips(dimVar('tokens')) })).toThrow(
    'the loop over o has no fixed number of iterations',
  );
});

test('a loop counts lanes whose iterations are neighbouring invocations', () => {
  const lanes = (more: Partial<For>) =>
    lanesAlong({ memories: [], threads: 8, body: [{ ...loop('l', 4, 'invocation', []), ...more }] }, 'l');
  expect(lanes({})).toBe(4);
  for (const more of [{ stride: 2 }, { how: 'serial' }] as const)
    expect(() => lanes(more)).toThrow('the loop over l does not count lanes');
});
