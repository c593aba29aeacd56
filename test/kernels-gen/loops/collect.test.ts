/** A sum that lanes share: the statements that each lane or the first one runs, and loops that do something else. */
import { expect, test } from 'vitest';
import { ax, call, constant, ilt, int, load } from '../../../compiler/primitives/build.ts';
import { tensor } from '../../../compiler/semantics/domains/domain.ts';
import { field } from '../../../compiler/semantics/domains/field.ts';
import { runLoops } from '../../../kernels-gen/loops/interpret.ts';
import { checked } from '../../../kernels-gen/loops/spec.ts';
import type { Body, LoopKernel, Statement } from '../../../kernels-gen/loops/type.ts';
import { collect } from '../../../kernels-gen/schedule/steps/collect.ts';
import {
  ACC,
  add,
  IN,
  kernel as kernelOf,
  linesOf,
  loop,
  MEMORIES,
  N,
  OUT,
  plain,
  store,
  TILE,
} from './small-kernels.ts';
import { memory } from './statements.ts';

const OTHER = MEMORIES.length;
const kernel = (body: Body): LoopKernel => ({
  ...kernelOf(body),
  memories: [...MEMORIES, memory('other', 'register')],
});
const zero = store(ACC, [], constant(0));
const i = ax('i');
const sum = loop('k', N, [add()]);
const result = store(OUT, [i], load(ACC, []));
const collected = (body: Body) => collect(['k'], 's').apply(kernel(body));

test('the first lane alone runs what follows the sum', () => {
  const after = loop('m', 2, [store(OUT, [ax('m')], load(ACC, []))]);
  expect(
    linesOf(collected([loop('i', 2, [store(OUT, [i], constant(0)), zero, sum, after, zero]), zero])),
  ).toEqual([
    'for i in 2:',
    '  out[i] = 0',
    '  for s in 8 by invocation / 1:',
    '    acc = 0',
    '    let k = s',
    '    acc += a[k] * a[k]',
    '    acc = sum over the subgroup',
    '    if s < 1:',
    '      for m in 2:',
    '        out[m] = acc',
    '      acc = 0',
    'acc = 0',
  ]);
});

test('each lane adds what a condition or an outer loop holds', () => {
  const part: Statement = { k: 'if', cond: ilt(i, int(1)), body: [store(OTHER, []), sum] };
  const made = collected([loop('i', 2, [zero, part, result])]);
  expect(linesOf(made)).toEqual([
    'for i in 2:',
    '  for s in 8 by invocation / 1:',
    '    acc = 0',
    '    if i < 1:',
    '      other = a[0]',
    '      let k = s',
    '      acc += a[k] * a[k]',
    '    acc = sum over the subgroup',
    '    if s < 1:',
    '      out[i] = acc',
  ]);
});

test('lanes have the same sum as a loop', () => {
  const own = kernel([loop('i', N, [store(OTHER, []), zero, sum, result])]);
  const run = (k: LoopKernel) => [
    ...runLoops(k, field(7), [tensor([N], [1, 2, 3, 4, 5, 6, 0, 1])], { tokens: 1, subgroup: N })[0]!.values,
  ];
  // 1 + 4 + 9 + 16 + 25 + 36 + 0 + 1 = 92
  expect(run(checked(collected(own.body)))).toEqual(Array<number>(N).fill(92));
});

const more = 'the loops do more than add to one register';
const summing = (...body: Body) => kernel([loop('i', 2, [zero, loop('k', N, body), result])]);
const REFUSED: Readonly<Record<string, readonly [string, LoopKernel, (readonly string[])?]>> = {
  'no loop': ['have different numbers of iterations', plain, []],
  'a maximum': [more, summing(add(undefined, 'max'))],
  'a product that reads the sum': [more, summing(add(call('mul', load(ACC, []), load(IN, [ax('k')]))))],
  'sums in two registers': [
    more,
    summing(add(), {
      ...{ k: 'accumulate', to: OTHER, index: [], combine: 'sum' },
      value: load(IN, [ax('k')]),
    }),
  ],
  'a sum in an array': [
    more,
    summing({ ...{ k: 'accumulate', to: TILE, index: [i], combine: 'sum' }, value: load(IN, [ax('k')]) }),
  ],
  'a store': [more, summing(add(), store(ACC, []))],
  'a combination across the subgroup': [
    more,
    summing(add(), { k: 'collect', to: ACC, index: [], combine: 'sum' }),
  ],
  'a loop that stores nothing': [more, summing()],
  'a sum that starts from something else than 0': ['acc is not 0 before the loops', plain],
  'a sum that starts from another number': [
    'acc is not 0 before the loops',
    kernel([loop('i', 2, [store(ACC, [], constant(1)), sum, result])]),
  ],
  'a sum that adds 0 before the loops': [
    'acc is not 0 before the loops',
    kernel([loop('i', 2, [store(ACC, []), add(constant(0)), sum, result])]),
  ],
};
test.each(Object.entries(REFUSED))('%s is refused', (_, [message, of, axes = ['k']]) => {
  expect(() => collect(axes, 's').apply(of)).toThrow(message);
});
