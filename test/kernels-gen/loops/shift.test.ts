/** Arrays that are read at the axis of a loop: they move along it, or are copied before it. */
import { describe, expect, test } from 'vitest';
import { dimVar } from '../../../compiler/dims/dims.ts';
import { ax, call, ilt, int, load } from '../../../compiler/primitives/build.ts';
import { showLoops } from '../../../kernels-gen/loops/show.ts';
import { type Body, type LoopKernel, type Statement, trips } from '../../../kernels-gen/loops/type.ts';
import { shift } from '../../../kernels-gen/schedule/steps/shift.ts';
import { spill } from '../../../kernels-gen/schedule/steps/spill.ts';
import type { LoopStep } from '../../../kernels-gen/schedule/steps/step.ts';
import { ACC, add, kernel as kernelOf, loop, MEMORIES, OUT, store } from './small-kernels.ts';
import { memory } from './statements.ts';

const [D, LONG, ROW] = [0, 1, 2].map((n) => n + MEMORIES.length) as [number, number, number];
const kernel = (...body: Body): LoopKernel => ({
  ...kernelOf(body),
  memories: [
    ...MEMORIES,
    memory('d', 'register', 4, 4),
    { ...memory('long', 'register'), shape: [dimVar('tokens')] },
    memory('row', 'register', 4),
  ],
});
const [r, s, c] = [ax('r'), ax('s'), ax('c')];
const lines = (step: LoopStep, ...body: Body) => {
  const all = showLoops(step.apply(kernel(...body))).split('\n');
  return all.slice(all.indexOf('1 invocations a workgroup') + 1);
};
const ofTokens = { trips: trips(dimVar('tokens')) };

describe('shift', () => {
  test('moves the elements of each row along a loop inside of which another goes through the rows', () => {
    const body = [loop('s', 4, [loop('r', 4, [add(load(D, [r, s]))]), add(load(D, [int(3), s]))])];
    expect(lines(shift('d', 's'), ...body)).toEqual([
      'for s in 4:',
      '  for r in 4:',
      '    acc += d[r, 0]',
      '  acc += d[3, 0]',
      '  for d_shift0 in 4:',
      '    for d_shift1 in 3:',
      '      d[d_shift0, d_shift1] = d[d_shift0, d_shift1 + 1]',
    ]);
  });

  test('moves the elements of a diagonal along the first dimension', () => {
    expect(lines(shift('d', 's'), loop('s', 4, [add(load(D, [s, s]))]))).toEqual([
      'for s in 4:',
      '  acc += d[0, s]',
      '  for d_shift0 in 3:',
      '    for d_shift1 in 4:',
      '      d[d_shift0, d_shift1] = d[d_shift0 + 1, d_shift1]',
    ]);
  });

  test.each<[string, string, Body, string]>([
    [
      'an array that is read along two dimensions',
      'd',
      [loop('s', 4, [add(load(D, [s, int(0)])), add(load(D, [int(0), s]))])],
      'd has no dimension along s',
    ],
    [
      'an array that another loop reads',
      'd',
      [loop('s', 4, [add(load(D, [int(0), s]))]), loop('r', 4, [add(load(D, [r, int(0)]))])],
      'd is read outside of the loop over s',
    ],
    [
      'an array as long as the tokens',
      'long',
      [loop('s', 4, [add(load(LONG, [s]))], ofTokens)],
      'the loop over s does not read long from its start to its end',
    ],
    [
      'an array that a loop over tokens does not read',
      'd',
      [loop('s', 4, [add()], ofTokens)],
      'the loop over s does not read d from its start to its end',
    ],
  ])('%s is refused', (_, name, body, message) => {
    expect(() => shift(name, 's').apply(kernel(...body))).toThrow(message);
  });
});

describe('spill', () => {
  const spilling = (name = 'd') => spill(name, ['r', 'c'], { as: 'results', suffix: '_out' });
  const each = (...body: Body) => loop('r', 4, [loop('c', 4, body)]);

  test('copies an array for the loops that read it, under the condition around them, and not for those that change it', () => {
    const doubled = store(D, [r, c], call('add', load(D, [r, c]), load(D, [r, c])));
    const read = each(store(OUT, [c], load(D, [r, c])));
    const one = store(ACC, [], load(D, [int(0), int(0)]));
    const where: Statement = { k: 'if', cond: ilt(int(0), int(1)), body: [read] };
    expect(lines(spilling(), each(doubled, store(OUT, [c])), one, where)).toEqual([
      'for r in 4:',
      '  for c in 4:',
      '    d[r, c] = d[r, c] + d[r, c]',
      '    out[c] = a[0]',
      'acc = d[0, 0]',
      'if 0 < 1:',
      '  for r in 4:',
      '    for c in 4:',
      '      results[r, c] = d[r, c]',
      '  for r_out in 4:',
      '    for c_out in 4:',
      '      out[c_out] = results[r_out, c_out]',
    ]);
  });

  test.each<[string, string, Body, string]>([
    [
      'an array of fewer dimensions',
      'row',
      [each(store(OUT, [c], load(ROW, [r])))],
      'row is not read at r, c',
    ],
    [
      'an array that is read at its loops in another order',
      'd',
      [each(store(OUT, [c], load(D, [c, r])))],
      'd is not read at r, c',
    ],
  ])('%s is refused', (_, name, body, message) => {
    expect(() => spilling(name).apply(kernel(...body))).toThrow(message);
  });
});
