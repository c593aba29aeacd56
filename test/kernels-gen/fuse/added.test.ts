/** Sums of products as one kernel, which adds both into the same registers, and sums that stay several kernels. */
import { describe, expect, it } from 'vitest';
import type { Expr } from '../../../compiler/primitives/expr.ts';
import type { Prim } from '../../../compiler/primitives/prim.ts';
import { evalExtent } from '../../../runtime/plan.ts';
import { variantsIn } from '../../support/plans.ts';
import { type Axes, call, constant, contraction, input, load, map, program } from '../build.ts';
import { integers, planOf, violations } from '../execute.ts';

const OUT: Axes = [
  ['t', 'tokens'],
  ['n', 3],
];
const product = (label: string, k: number, a: Prim, b: Prim, axes: Axes = OUT) =>
  contraction(label, [a, b], axes, [['k', k]], load(0, 't', 'k'), load(1, 'n', 'k'));
const x = input('x', ['tokens', 9]);
const W = input('W', [3, 9]);
const h = input('h', ['tokens', 5]);
const B = input('B', [3, 5]);
const large = product('large', 9, x, W);
const small = product('small', 5, h, B);
/** The product Bᵀ·hᵀ, with rows n and columns t: the transpose of `small`. */
const turned = contraction(
  'turned',
  [B, h],
  [
    ['n', 3],
    ['t', 'tokens'],
  ],
  [['k', 5]],
  load(0, 'n', 'k'),
  load(1, 't', 'k'),
);
const [first, second] = [load(0, 't', 'n'), load(1, 't', 'n')];
const sum = (body: Expr, ...args: Prim[]) => program({ y: map('y', args, OUT, body) });
const scaled = (by: number, e: Expr) => call('mul', constant(by), e);
const twice = (e: Expr) => scaled(2, e);
const bias = load(2, 'n');

describe('one kernel computes', () => {
  it.each([
    ['two products', sum(call('add', first, second), large, small)],
    ['the smaller first', sum(call('add', first, second), small, large)],
    [
      'a scale, and a bias',
      sum(call('add', call('add', first, twice(second)), bias), large, small, input('b', [3])),
    ],
    [
      'a factor of the sum',
      sum(call('mul', call('add', twice(second), first), bias), large, small, input('m', [3])),
    ],
    ['a scale of the first', sum(call('add', twice(first), second), large, small)],
    [
      'scales of both, and a tensor',
      sum(
        call('add', load(2, 't', 'n'), call('add', scaled(-3, first), twice(second))),
        large,
        small,
        input('z', ['tokens', 3]),
      ),
    ],
    [
      'a product without a sum',
      sum(
        call('add', first, second),
        large,
        product('outer', 1, input('g', ['tokens', 1]), input('z', [3, 1])),
      ),
    ],
    ['rows and columns exchanged', sum(call('add', first, load(1, 'n', 't')), large, turned)],
    [
      'three products',
      sum(
        call('add', call('add', first, second), load(2, 't', 'n')),
        large,
        small,
        product('third', 2, input('c', ['tokens', 2]), input('D', [3, 2])),
      ),
    ],
  ])('%s', async (_, p) => {
    const { steps, slots } = variantsIn(planOf(p))[0]!;
    expect([steps.length, slots.length]).toEqual([1, 0]);
    for (const tokens of [0, 1, 41]) expect(await violations(p, tokens, integers(p, tokens))).toEqual([]);
  });
});

describe('several kernels compute', () => {
  it.each([
    [
      'what is an output too',
      program({ y: map('y', [large, small], OUT, call('add', first, second)), small }),
    ],
    [
      'a term that the other is a product of',
      sum(call('add', first, second), product('of', 3, small, input('C', [3, 3])), small),
    ],
    ['a difference', sum(call('sub', first, second), large, small)],
    ['a result that is used twice', sum(call('mul', call('add', first, second), first), large, small)],
    [
      'a term that is used twice',
      sum(call('add', call('add', first, second), call('exp', second)), large, small),
    ],
  ])('%s', (_, p) => {
    expect(variantsIn(planOf(p))[0]!.steps.length).toBeGreaterThan(1);
  });

  it('another batch: blocks of x beside all of x', async () => {
    const blocks = contraction(
      'blocks',
      [input('u', ['tokens', 3, 4]), input('R', [3, 4, 6])],
      [
        ['t', 'tokens'],
        ['r', 3],
        ['i', 6],
      ],
      [['k', 4]],
      load(0, 't', 'r', 'k'),
      load(1, 'r', 'k', 'i'),
    );
    const axes: Axes = [
      ['t', 'tokens'],
      ['r', 3],
      ['i', 6],
    ];
    const dense = contraction(
      'dense',
      [input('v', ['tokens', 40]), input('V', [3, 6, 40])],
      axes,
      [['k', 40]],
      load(0, 't', 'k'),
      load(1, 'r', 'i', 'k'),
    );
    const p = program({
      y: map('y', [dense, blocks], axes, call('add', load(0, 't', 'r', 'i'), load(1, 't', 'r', 'i'))),
    });
    expect(variantsIn(planOf(p))[0]!.steps.length).toBe(2);
    expect(await violations(p, 7, integers(p, 7))).toEqual([]);
  });
});

it('counts the operations and the tensors of all products', () => {
  const p = sum(call('add', first, second), large, small);
  const { flops, bytes } = variantsIn(planOf(p))[0]!.steps[0]!;
  expect(evalExtent(flops, 7)).toBe(2 * 7 * 3 * (9 + 5));
  expect(evalExtent(bytes, 7)).toBe(4 * (7 * 9 + 3 * 9 + 7 * 5 + 3 * 5 + 7 * 3));
});
