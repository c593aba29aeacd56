/** The bytes that a kernel states it moves: each element that it may read, counted once, and each result. */
import { expect, it } from 'vitest';
import type { IntExpr } from '../../compiler/primitives/expr.ts';
import type { Prim } from '../../compiler/primitives/prim.ts';
import { planCost } from '../../kernels-gen/index.ts';
import { variantsIn } from '../support/plans.ts';
import { add, call, contraction, input, load, map, mod, mul, program, solve } from './build.ts';
import { planOf } from './execute.ts';

const elements = (y: Prim, tokens = 0): number => planCost(planOf(program({ y })), tokens).bytes / 4;

const i = { k: 'axis', name: 'i' } as const;
const [x, small] = [input('x', [10]), input('s', [3])];
const rows = input('rows', ['tokens', 2]);
const table = input('table', [9, 4]);
const index = input('index', ['tokens'], 'i32');
const named: IntExpr = { k: 'iload', arg: 1, index: [{ k: 'axis', name: 't' }] };

const gathered = map(
  'gathered',
  [table, index],
  [
    ['t', 'tokens'],
    ['j', 4],
  ],
  load(0, named, 'j'),
);
const covered = map(
  'y',
  [rows],
  [
    ['t', 'tokens'],
    ['j', 2],
  ],
  call('add', load(0, 't', 'j'), load(0, 't', mod(add('j', 1), 2))),
);
const three = (body: Parameters<typeof map>[3], ...args: readonly Prim[]) => map('y', args, [['i', 3]], body);

it.each<readonly [string, Prim, number, number]>([
  ['a slice', three(load(0, 'i'), x), 0, 3 + 3],
  ['two slices of one tensor', three(call('add', load(0, 'i'), load(0, add('i', 1))), x), 0, 6 + 3],
  ['one slice read twice', three(call('mul', load(0, 'i'), load(0, 'i')), x), 0, 3 + 3],
  ['slices of two tensors', three(call('mul', load(0, 'i'), load(1, 'i')), x, small), 0, 3 + 3 + 3],
  [
    'slices that are more than all',
    three(call('add', load(0, 'i'), load(0, mod(add('i', 1), 3))), small),
    0,
    3 + 3,
  ],
  ['a tensor that repeats', map('y', [small], [['i', 10]], load(0, mod('i', 3))), 0, 3 + 10],
  [
    'an element for every row',
    map(
      'y',
      [x],
      [
        ['i', 3],
        ['j', 5],
      ],
      load(0, 'i'),
    ),
    0,
    3 + 15,
  ],
  ['one column of two', map('y', [rows], [['t', 'tokens']], load(0, 't', 0)), 7, 7 + 7],
  ['the rows that a few indices name', gathered, 1, 4 + 1 + 4],
  ['the whole table for many', gathered, 100, 36 + 100 + 400],
  [
    'what a sum reads for each of its results',
    contraction(
      'y',
      [input('a', [8, 5]), input('b', [5, 7])],
      [
        ['m', 3],
        ['n', 7],
      ],
      [['k', 5]],
      load(0, mul('m', 2), 'k'),
      load(1, 'k', 'n'),
    ),
    0,
    15 + 35 + 21,
  ],
  ['all that two slices cover', covered, 5, 10 + 10],
  ['all of a system', solve('y', input('a', [2, 3, 3]), input('b', [2, 3, 1])), 0, 18 + 6 + 6],
  ['an element that all read', map('y', [x], [['i', 5]], load(0, 0)), 0, 1 + 5],
])('%s', (_, y, tokens, expected) => {
  expect(elements(y, tokens)).toBe(expected);
});

it('tensors of two bytes move half', () => {
  const y = map('y', [input('h', [10], 'f16')], [['i', 3]], load(0, i));
  expect(elements(y)).toBe(1.5 + 3);
});

it('bytes need no maximum at run time where one size is the smaller at every token count', () => {
  const bytes = (y: Prim) => JSON.stringify(variantsIn(planOf(program({ y })))[0]!.steps.at(-1)!.bytes);
  expect(bytes(map('y', [rows], [['t', 'tokens']], load(0, 't', 0)))).not.toContain('max');
  expect(bytes(covered)).not.toContain('max');
  expect(bytes(gathered)).toContain('max');
});
