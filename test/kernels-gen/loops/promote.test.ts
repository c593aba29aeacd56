/** Factors that are held in registers before a loop around their products. */
import { expect, test } from 'vitest';
import { dimConst } from '../../../compiler/dims/dims.ts';
import { ax, call, constant, ilt, int, load } from '../../../compiler/primitives/build.ts';
import type { Expr, IntExpr } from '../../../compiler/primitives/expr.ts';
import { tensor } from '../../../compiler/semantics/domains/domain.ts';
import { float64 } from '../../../compiler/semantics/domains/float64.ts';
import { runLoops } from '../../../kernels-gen/loops/interpret.ts';
import { showLoops } from '../../../kernels-gen/loops/show.ts';
import { checked } from '../../../kernels-gen/loops/spec.ts';
import type { Body, LoopKernel, Statement } from '../../../kernels-gen/loops/type.ts';
import { promote } from '../../../kernels-gen/schedule/steps/promote.ts';
import { type LoopStep, scheduled } from '../../../kernels-gen/schedule/steps/step.ts';
import { loop as loopOf, memory } from './statements.ts';

const [A, OUT, F, ACC] = [0, 1, 2, 3];
const loop = (axis: string, n: number, ...body: Body): Statement => loopOf(axis, n, 'serial', body);
const adding = (value: Expr): Statement => ({ k: 'accumulate', to: ACC, index: [], combine: 'sum', value });
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
        loop('i', 2, adding(taken)),
        { k: 'store', to: OUT, index: [o], value: load(ACC, []) },
        ...after,
      ),
    ],
  });
}
const run = (k: LoopKernel) => [
  ...runLoops(k, float64, [tensor([3, 2], [1, 2, 3, 4, 5, 6])], { tokens: 1 })[0]!.values,
];

/** The last loops of the kernel whose factor f is held before the outer one. */
const HELD = [
  'for i in 2:',
  '  held[i] = f[i]',
  'for o in 3:',
  '  acc = 10',
  '  for i in 2:',
  '    acc += -held[i] * a[o, i]',
  '  out[o] = acc',
];

test('a factor of products that are taken from a sum is held before an outer loop', () => {
  const { loops } = scheduled(kernel(), [promote('left', ['i'], { as: 'held', before: 'o' })]);
  expect(run(loops)).toEqual(run(kernel()));
  expect(showLoops(loops).split('\n').slice(-7)).toEqual(HELD);
});

test('a factor has the dimensions in the order of the axes, and loops with names of their own', () => {
  const product = call('mul', load(A, [o, i]), load(F, [i]));
  const summed = checked({
    ...kernel(),
    body: [
      loop('j', 2, { k: 'store', to: F, index: [ax('j')], value: load(A, [ax('j'), ax('j')]) }),
      { k: 'store', to: ACC, index: [], value: constant(0) },
      loop('o', 3, loop('i', 2, adding(product))),
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
  const sum = load(ACC, []);
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
          loop('i', 2, ...values.map(adding)),
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

test('a factor is held for the nest in a loop, and not for one after it', () => {
  const product = call('mul', load(F, [i]), load(A, [int(0), i]));
  const after = loop('q', 2, loop('i', 2, adding(product)));
  const own = checked({ ...kernel(), body: [...kernel().body, after] });
  const lines = (step: LoopStep) =>
    showLoops(scheduled(own, [step]).loops)
      .split('\n')
      .slice(-10);
  expect(lines(promote('right', ['i'], { within: 'o' }))).toEqual([
    'for o in 3:',
    '  acc = 10',
    '  for i in 2:',
    '    right[i] = a[o, i]',
    '  for i in 2:',
    '    acc += -f[i] * right[i]',
    '  out[o] = acc',
    'for q in 2:',
    '  for i in 2:',
    '    acc += f[i] * a[0, i]',
  ]);
  expect(lines(promote('left', ['i'], { as: 'held', before: 'o' }))).toEqual([
    ...HELD,
    'for q in 2:',
    '  for i in 2:',
    '    acc += f[i] * a[0, i]',
  ]);
});

test('factors of a nest under a condition are loaded under it, and loops without a suffix keep their names', () => {
  const value = call('mul', load(F, [i]), load(A, [o, i]));
  const sum = adding(value);
  const where: Statement = { k: 'if', cond: ilt(o, int(2)), body: [loop('i', 2, sum, sum)] };
  const own = checked({ ...kernel(), body: [loop('o', 3, where)] });
  const { loops } = scheduled(own, [promote('left', ['i'])]);
  expect(showLoops(loops).split('\n').slice(-9)).toEqual([
    'for o in 3:',
    '  if o < 2:',
    '    for i in 2:',
    '      left[i] = f[i]',
    '    for i in 2:',
    '      left1[i] = f[i]',
    '    for i in 2:',
    '      acc += left[i] * a[o, i]',
    '      acc += left1[i] * a[o, i]',
  ]);
});

test('a factor has the dimensions that its names are computed from', () => {
  const digits: Statement = {
    ...{ k: 'digits', of: i },
    axes: ['x', 'y'].map((name) => ({ name, extent: dimConst(2) })),
  };
  const named = (name: string, value: IntExpr): Statement => ({
    ...{ k: 'let', name, value, extent: dimConst(3) },
  });
  const product = adding(call('mul', load(F, [ax('p')]), load(A, [ax('z'), i])));
  const nest = loop('o', 3, named('z', o), loop('i', 2, digits, named('p', ax('y')), product));
  const { loops } = scheduled({ ...kernel(), body: [nest] }, [promote('left', ['o', 'i'])]);
  expect(showLoops(loops).split('\n').slice(-8)).toEqual([
    'for i in 2:',
    '  let (x, y) = digits of i',
    '  let p = y',
    '  left[i] = f[p]',
    'for o in 3:',
    '  let z = o',
    '  for i in 2:',
    '    acc += left[i] * a[z, i]',
  ]);
});

test('the text of the step names the registers, and the loop before which they are loaded', () => {
  expect(promote('left', ['i', 'j']).says).toBe('promote the left factor to registers before i, j');
  expect(promote('right', ['i'], { as: 'held', before: 'o' }).says).toBe(
    'promote the right factor to registers held before o',
  );
});

test.each<[string, Body, string]>([
  ['a loop without statements', [], 'no product is in loops over i alone'],
  [
    'a product that is stored',
    [{ k: 'store', to: F, index: [i], value: call('mul', load(F, [i]), load(F, [i])) }],
    'no product is in loops over i alone',
  ],
  [
    'a sum of two terms',
    [adding(call('add', load(F, [i]), load(F, [i])))],
    'no product is in loops over i alone',
  ],
  [
    'a factor of which a part is the sum',
    [adding(call('mul', call('add', load(F, [i]), load(ACC, [])), load(F, [i])))],
    'the left factor depends on the sum',
  ],
])('%s has no factor that can be held', (_, body, message) => {
  const own = { ...kernel(), body: [loop('i', 2, ...body)] };
  expect(() => promote('left', ['i']).apply(own)).toThrow(message);
});

test('a factor is not held before a loop that changes it, or that it depends on', () => {
  const changing = kernel([{ k: 'store', to: F, index: [o], value: constant(1) }]);
  const before = (side: 'left' | 'right') => promote(side, ['i'], { before: 'o' });
  expect(() => scheduled(changing, [before('left')])).toThrow('the loop over o changes the factor');
  expect(() => scheduled(kernel(), [before('right')])).toThrow('o is used before it is defined');
});
