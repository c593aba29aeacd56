/** Steps that change where loops start and end: their loops, and those that are refused. */
import { describe, expect, test } from 'vitest';
import { dimConst, dimVar } from '../../../compiler/dims/dims.ts';
import { ax, iadd, ieq, ilt, int, isub } from '../../../compiler/primitives/build.ts';
import type { BoolExpr } from '../../../compiler/primitives/expr.ts';
import { showLoops } from '../../../kernels-gen/loops/show.ts';
import { type Body, type For, type LoopKernel, trips } from '../../../kernels-gen/loops/type.ts';
import { split } from '../../../kernels-gen/schedule/steps/split.ts';
import { spread } from '../../../kernels-gen/schedule/steps/spread.ts';
import type { LoopStep } from '../../../kernels-gen/schedule/steps/step.ts';
import { strip } from '../../../kernels-gen/schedule/steps/strip.ts';
import { skip, tighten } from '../../../kernels-gen/schedule/steps/tighten.ts';
import { trim } from '../../../kernels-gen/schedule/steps/trim.ts';
import { add, from2, kernel, loop, N, plain, store, sums, TILE } from './small-kernels.ts';

const lines = (step: LoopStep, of: LoopKernel) => {
  const all = showLoops(step.apply(of)).split('\n');
  return all.slice(all.findIndex((l) => l.includes('invocations a workgroup')) + 1);
};
const [k, i] = [ax('k'), ax('i')];

describe('split', () => {
  test('a part of one iteration has no condition, also where the number of iterations is unknown', () => {
    const tokens = sums(loop('k', N, [add()], { trips: trips(dimVar('tokens')) }));
    expect(lines(split('k', 1, 'o', 'n'), tokens).slice(2, -1)).toEqual([
      '  for o in tokens:',
      '    for n in 1:',
      '      let k = o * 1 + n',
      '      acc += a[k] * a[k]',
    ]);
  });
  test('a loop of blocks is refused', () => {
    const blocks = sums(loop('k', N, [add()], { trips: trips(dimConst(N), 2) }));
    expect(() => split('k', 2, 'o', 'n').apply(blocks)).toThrow('the loop over k is split already');
  });
});

test.each<[number, string, string]>([
  [1, '⌈8 / 3⌉', '8'],
  [2, '⌈8 / 6⌉', '⌊(8 + 1) / 2⌋'],
])('strips of a loop by %i end where the next one starts, or with the loop', (by, strips, end) => {
  const own = sums(loop('k', N, [add()], { trips: trips(dimConst(N), by) }));
  expect(lines(strip('k', 3, 'o'), own).slice(2, -2)).toEqual([
    `  for o in ${strips}:`,
    `    for k in o * 3, 1 more, … < (o * 3 + 3 if o * 3 + 3 < ${end} else ${end}):`,
  ]);
});

describe('tighten', () => {
  const [from, end] = [ax('first'), int(5)];
  const names: Body = [{ k: 'let', name: 'first', value: int(2), extent: dimConst(N) }];
  const of = (bounds: Parameters<typeof tighten>[2]) =>
    lines(tighten('k', 'some', bounds), plain).slice(2, -2);

  test('starts and ends a loop at other values, after the names of these', () => {
    expect(of({ names, from, end })).toEqual(['  let first = 2', '  for k in first, 1 more, … < 5:']);
    expect(of({ names, from })).toEqual(['  let first = 2', '  for k in first, 1 more, … < 8:']);
    expect(of({ end })).toEqual(['  for k in 0, 1 more, … < 5:']);
    expect(tighten('k', 'some', {}).apply(plain)).toStrictEqual(plain);
  });

  test('refuses a loop that starts later', () => {
    const later = sums(loop('k', N, [add()], from2));
    expect(() => tighten('k', 'some', { end }).apply(later)).toThrow('has bounds of its own');
  });

  test('skips iterations where a condition does not hold', () => {
    expect(lines(skip('k', 'some', names, ilt(k, from)), plain).slice(2, -1)).toEqual([
      '  for k in 8:',
      '    let first = 2',
      '    if k < first:',
      '      acc += a[k] * a[k]',
    ]);
  });
});

describe('trim', () => {
  const under = (cond: BoolExpr, more: Partial<For> = {}) =>
    sums(loop('k', 4, [{ k: 'if', cond, body: [add()] }], more));
  const next = ilt(iadd(int(1), k), int(4));
  const [split, condition] = [
    'the loop over k is no inner loop of a split',
    'the condition in the loop over k is not that of a split',
  ];
  test.each<[string, LoopKernel, string]>([
    ['a loop that is unrolled', under(next, { how: 'unrolled' }), split],
    ['a loop of blocks', under(next, { trips: trips(dimConst(4), 2) }), split],
    ['a loop that starts later', under(next, from2), split],
    ['a loop that ends earlier', under(next, { end: int(3) }), split],
    ['a loop over tokens', under(next, { trips: trips(dimVar('tokens')) }), split],
    ['a condition that holds once', under(ieq(iadd(int(1), k), int(4))), split],
    ['a condition on the axis itself', under(ilt(k, int(4))), condition],
    ['a condition that is false at first', under(ilt(isub(int(9), k), int(8))), condition],
    ['a condition on another axis', under(ilt(iadd(int(1), i), int(4))), condition],
    ['a condition in which the axis stands twice', under(ilt(iadd(k, k), int(4))), condition],
  ])('%s is refused', (_, of, message) => {
    expect(() => trim('k').apply(of)).toThrow(message);
  });
});

test('spread gives each invocation one iteration, or every fourth one between the bounds of a loop', () => {
  const set = (axis: string, n: number, more: Partial<For> = {}) =>
    loop(axis, n, [store(TILE, [ax(axis)])], more);
  const body = [
    set('whole', 4),
    set('later', 4, { from: { value: i, step: 1 } }),
    set('earlier', 4, { end: int(3) }),
    set('blocks', 4, { trips: trips(dimConst(4), 2) }),
    set('other', 4),
    set('longer', N),
  ];
  const axes = ['whole', 'later', 'earlier', 'blocks', 'longer'];
  const step = spread(axes, 'i', { threads: 4, as: 't', free: ['longer'] });
  expect(lines(step, kernel([loop('i', 2, body)]))).toEqual([
    'for i in 2:',
    '  for t in 4 by invocation / 1:',
    '    tile[t] = a[0]',
    '    barrier of the workgroup',
    '    for later in i + t, 4 more, … < 4:',
    '      tile[later] = a[0]',
    '    barrier of the workgroup',
    '    for earlier in t, 4 more, … < 3:',
    '      tile[earlier] = a[0]',
    '    barrier of the workgroup',
    '    for blocks in t, 4 more, … < ⌈4 / 2⌉:',
    '      tile[blocks] = a[0]',
    '    barrier of the workgroup',
    '    for other in 4:',
    '      tile[other] = a[0]',
    '    for longer in t, 4 more, … < 8:',
    '      tile[longer] = a[0]',
  ]);
});
