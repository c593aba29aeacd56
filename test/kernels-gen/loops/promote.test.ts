/** Factors that are held in registers before a loop around their products. */
import { expect, test } from 'vitest';
import { ax, call, constant, load } from '../../../compiler/primitives/build.ts';
import type { Expr } from '../../../compiler/primitives/expr.ts';
import { tensor } from '../../../compiler/semantics/domains/domain.ts';
import { float64 } from '../../../compiler/semantics/domains/float64.ts';
import { runLoops } from '../../../kernels-gen/loops/interpret.ts';
import { showLoops } from '../../../kernels-gen/loops/show.ts';
import { checked } from '../../../kernels-gen/loops/spec.ts';
import type { Body, LoopKernel, Statement } from '../../../kernels-gen/loops/type.ts';
import { promote } from '../../../kernels-gen/schedule/steps/promote.ts';
import { scheduled } from '../../../kernels-gen/schedule/steps/step.ts';
import { loop as loopOf, memory } from './statements.ts';

const [A, OUT, F, ACC] = [0, 1, 2, 3];
const loop = (axis: string, n: number, ...body: Body): Statement => loopOf(axis, n, 'serial', body);
const [i, o] = [ax('i'), ax('o')];

/** out[o] = 10 − Σ f[i]·a[o, i], where f is the diagonal of a. */
function kernel(after: Body = []): LoopKernel {
  const taken = call('neg', call('mul', load(F, [i]), load(A, [o, i])));
  return checked({
    memories: [
      memory('a', 'input', 3, 2),
      memory('out', 'output', 3),
      memory('f', 'register', 2),
      memory('acc', 'register'),
    ],
    threads: 1,
    body: [
      loop('j', 2, { k: 'store', to: F, index: [ax('j')], value: load(A, [ax('j'), ax('j')]) }),
      loop(
        'o',
        3,
        { k: 'store', to: ACC, index: [], value: constant(10) },
        loop('i', 2, { k: 'accumulate', to: ACC, index: [], combine: 'sum', value: taken }),
        { k: 'store', to: OUT, index: [o], value: load(ACC, []) },
        ...after,
      ),
    ],
  });
}
const run = (k: LoopKernel) => [
  ...runLoops(k, float64, [tensor([3, 2], [1, 2, 3, 4, 5, 6])], { tokens: 1 })[0]!.values,
];

test('a factor of products that are taken from a sum is held before an outer loop', () => {
  const { loops } = scheduled(kernel(), [promote('left', ['i'], { as: 'held', before: 'o' })]);
  expect(run(loops)).toEqual(run(kernel()));
  expect(showLoops(loops).split('\n').slice(-7)).toEqual([
    'for i in 2:',
    '  held[i] = f[i]',
    'for o in 3:',
    '  acc = 10',
    '  for i in 2:',
    '    acc += -held[i] * a[o, i]',
    '  out[o] = acc',
  ]);
});

test('a factor has the dimensions in the order of the axes, and loops with names of their own', () => {
  const product = call('mul', load(A, [o, i]), load(F, [i]));
  const summed = checked({
    ...kernel(),
    body: [
      loop('j', 2, { k: 'store', to: F, index: [ax('j')], value: load(A, [ax('j'), ax('j')]) }),
      { k: 'store', to: ACC, index: [], value: constant(0) },
      loop('o', 3, loop('i', 2, { k: 'accumulate', to: ACC, index: [], combine: 'sum', value: product })),
      loop('n', 3, { k: 'store', to: OUT, index: [ax('n')], value: load(ACC, []) }),
    ],
  });
  const { loops } = scheduled(summed, [promote('left', ['i', 'o'], { as: 'held', suffix: '_own' })]);
  expect(run(loops)).toEqual(run(summed));
  expect(showLoops(loops).split('\n').slice(8, 14)).toEqual([
    'acc = 0',
    'for i_own in 2:',
    '  for o_own in 3:',
    '    held[i_own, o_own] = a[o_own, i_own]',
    'for o in 3:',
    '  for i in 2:',
  ]);
});

test('each of two products in a loop has a register, and loops with names of their own', () => {
  const [sum, of] = [load(ACC, []), { k: 'accumulate', to: ACC, index: [], combine: 'sum' } as const];
  const products = [call('mul', load(A, [o, i]), load(F, [i])), call('mul', load(F, [i]), load(A, [o, i]))];
  const twice = (...values: readonly Expr[]) =>
    checked({
      ...kernel(),
      body: [
        loop('j', 2, { k: 'store', to: F, index: [ax('j')], value: load(A, [ax('j'), ax('j')]) }),
        loop(
          'o',
          3,
          { k: 'store', to: ACC, index: [], value: constant(0) },
          loop('i', 2, ...values.map((value) => ({ ...of, value }))),
          { k: 'store', to: OUT, index: [o], value: sum },
        ),
      ],
    });
  const step = promote('left', ['i'], { as: 'held', suffix: '_held' });
  const { loops } = scheduled(twice(...products), [step]);
  expect(run(loops)).toEqual(run(twice(...products)));
  expect(showLoops(loops).split('\n').slice(-8, -1)).toEqual([
    '  for i_held in 2:',
    '    held[i_held] = a[o, i_held]',
    '  for i_held1 in 2:',
    '    held1[i_held1] = f[i_held1]',
    '  for i in 2:',
    '    acc += held[i] * f[i]',
    '    acc += held1[i] * a[o, i]',
  ]);
  expect(() => scheduled(twice(products[0]!, load(A, [o, i])), [step])).toThrow(
    'no product is in loops over i',
  );
  expect(() => scheduled(twice(products[0]!, call('mul', sum, products[1]!)), [step])).toThrow(
    'the left factor depends on the sum',
  );
});

test('a factor is not held before a loop that changes it, or that it depends on', () => {
  const changing = kernel([{ k: 'store', to: F, index: [o], value: constant(1) }]);
  const before = (side: 'left' | 'right') => promote(side, ['i'], { before: 'o' });
  expect(() => scheduled(changing, [before('left')])).toThrow('the loop over o changes the factor');
  expect(() => scheduled(kernel(), [before('right')])).toThrow('o is used before it is defined');
});
