/** Arrays of registers that rotate, or are copied for loops of their own: random kernels keep their results. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ax, call, constant, iadd, imul, int, isub, load } from '../../../compiler/primitives/build.ts';
import type { Expr, IntExpr } from '../../../compiler/primitives/expr.ts';
import { tensor } from '../../../compiler/semantics/domains/domain.ts';
import { field } from '../../../compiler/semantics/domains/field.ts';
import { runLoops } from '../../../kernels-gen/loops/interpret.ts';
import { showLoops } from '../../../kernels-gen/loops/show.ts';
import { checked } from '../../../kernels-gen/loops/spec.ts';
import type { Body, For, LoopKernel, Memory, Statement } from '../../../kernels-gen/loops/type.ts';
import { printWgsl } from '../../../kernels-gen/print/wgsl.ts';
import { bind } from '../../../kernels-gen/schedule/steps/bind.ts';
import { rotate } from '../../../kernels-gen/schedule/steps/rotate.ts';
import { spill } from '../../../kernels-gen/schedule/steps/spill.ts';
import { type LoopStep, scheduled } from '../../../kernels-gen/schedule/steps/step.ts';
import { vectorise } from '../../../kernels-gen/schedule/steps/vectorise.ts';
import { runs } from '../../support/runs.ts';
import { loop as loopOf, memory } from './statements.ts';

const [IN, OUT, X, ACC] = [0, 1, 2, 3];
const loop = (axis: string, n: number, body: Body, more: Partial<For> = {}): For =>
  loopOf(axis, n, 'serial', body, more);
const store = (to: number, index: readonly IntExpr[], value: Expr): Statement => ({
  ...{ k: 'store', to, index, value },
});
const add = (index: readonly IntExpr[], value: Expr): Statement => ({
  ...{ k: 'accumulate', to: ACC, index, combine: 'sum', value },
});
const [r, c, v, t] = [ax('r'), ax('c'), ax('v'), ax('t')];
const at = (row: IntExpr, part: IntExpr) => load(IN, [row, part]);

interface Sizes {
  readonly rows: number;
  readonly times: number;
  /** The element of row `r` that is loaded in place of part `v`. */
  readonly shift: number;
}

/** acc[r, c] += x[r, t] · (a[c, t] + n) for each row, column, t and time n, where x[r, v] is an element of row r. */
function kernel({ rows, times, shift }: Sizes, change: Partial<{ inner: Body; out: Statement }> = {}) {
  const sum = [
    loop('r', rows, [
      loop('c', 4, [
        add([r, c], call('mul', load(X, [r, t]), call('add', at(c, t), { k: 'fromInt', a: ax('n') }))),
      ]),
    ]),
  ];
  const memories: readonly Memory[] = [
    memory('a', 'input', 4, 8),
    memory('out', 'output', rows, 4),
    memory('x', 'register', rows, 4),
    memory('acc', 'register', rows, 4),
  ];
  const out = store(OUT, [r, c], call('mul', load(ACC, [r, c]), at(r, c)));
  return checked({
    memories,
    threads: 1,
    body: [
      loop('r', rows, [loop('c', 4, [store(ACC, [r, c], constant(0))])]),
      loop('s', rows, [loop('v', 4, [store(X, [ax('s'), v], at(ax('s'), iadd(v, int(shift))))])]),
      loop('n', times, [loop('t', 4, change.inner ?? sum)]),
      loop('r', rows, [loop('c', 4, [change.out ?? out])]),
    ],
  });
}

const sizes = fc.record({
  rows: fc.integer({ min: 1, max: 4 }),
  times: fc.integer({ min: 0, max: 3 }),
  shift: fc.integer({ min: 0, max: 4 }),
});
const turning = rotate('x', 't');
const spilling = spill('acc', ['r', 'c'], { as: 'results', suffix: '_out' });

test('random kernels keep their results after each step', () => {
  const steps: readonly LoopStep[] = [
    turning,
    spilling,
    vectorise('v', []),
    vectorise('c', []),
    bind('r', 'unrolled'),
    bind('r_out', 'opaque'),
  ];
  fc.assert(
    fc.property(
      sizes,
      fc.subarray([...steps.keys()].slice(2)),
      fc.infiniteStream(fc.nat(6)),
      (size, more, residues) => {
        const input = tensor(
          [4, 8],
          Array.from({ length: 32 }, () => residues.next().value as number),
        );
        const run = (k: LoopKernel) => [...runLoops(k, field(7), [input], { tokens: 1 })[0]!.values];
        const own = kernel(size);
        const { loops } = scheduled(own, [turning, spilling, ...more.map((n) => steps[n]!)]);
        expect(run(loops)).toEqual(run(own));
      },
    ),
    runs(100, 3000),
  );
});

test('the loops', () => {
  const { loops } = scheduled(kernel({ rows: 2, times: 1, shift: 0 }), [turning, spilling]);
  const text = showLoops(loops).split('\n');
  expect(text.slice(text.indexOf('for n in 1:'))).toEqual([
    'for n in 1:',
    '  for t in 4:',
    '    for r in 2:',
    '      for c in 4:',
    '        acc[r, c] += x[r, 0] * (a[c, t] + n)',
    '    for x_0 in 2 unrolled:',
    '      for x_part in 4 vector:',
    '        x[x_0, x_part] = x[x_0, (x_part + 1) mod 4]',
    'for r in 2:',
    '  for c in 4:',
    '    results[r, c] = acc[r, c]',
    'for r_out in 2:',
    '  for c_out in 4:',
    '    out[r_out, c_out] = results[r_out, c_out] * a[r_out, c_out]',
  ]);
});

test('the code rotates variables, and has an array of vectors for loops that go through it', () => {
  const { loops } = scheduled(kernel({ rows: 2, times: 1, shift: 0 }), [
    ...[turning, spilling, bind('s', 'unrolled'), vectorise('v', []), bind('r', 'unrolled')],
    ...[vectorise('c', []), vectorise('c_out', [])],
  ]);
  const { wgsl } = printWgsl({ naive: loops, steps: [], loops }).module;
  expect(wgsl).toContain('x_1 = vec4f(x_1.y, x_1.z, x_1.w, x_1.x);');
  expect(wgsl).toContain('var results: array<vec4f, 2>;');
  expect(wgsl).toContain('results[1] = acc_1;');
  expect(wgsl).toContain('results[r_out].y');
});

test('the code stores the parts of a vector one by one in an array that loops go through', () => {
  const { loops } = scheduled(kernel({ rows: 2, times: 1, shift: 0 }), [
    ...[spilling, bind('r', 'unrolled'), vectorise('c', [])],
  ]);
  const { wgsl } = printWgsl({ naive: loops, steps: [], loops }).module;
  expect(wgsl).toContain('var results: array<f32, 8>;');
  expect(wgsl).toContain('results[7] = acc_1.w;');
});

describe('is refused', () => {
  const size = { rows: 2, times: 1, shift: 0 };
  const inner = (...body: Body) => kernel(size, { inner: body });
  const refused: Readonly<Record<string, readonly [LoopStep, LoopKernel, string]>> = {
    'to rotate a register that is none': [rotate('y', 't'), kernel(size), 'there is no register y'],
    'to rotate in a loop over something else': [
      rotate('x', 'n'),
      kernel(size),
      'the loop over n does not count the last dimension of x',
    ],
    'to rotate what the loop stores to': [
      turning,
      inner(store(X, [int(0), t], constant(1))),
      'the loop over t stores to x',
    ],
    'to rotate what the loop reads elsewhere': [
      turning,
      inner(add([int(0), int(0)], load(X, [int(0), isub(int(3), t)]))),
      'the loop over t reads other elements of x',
    ],
    'to spill a register that no loops read': [
      spill('x', ['r', 'c'], { as: 'results', suffix: '_out' }),
      kernel(size, { inner: [] }),
      'no loops over r, c read x alone',
    ],
    'to spill what loops read at other places': [
      spilling,
      kernel(size, { out: store(OUT, [r, c], load(ACC, [r, imul(c, int(0))])) }),
      'acc is not read at r, c',
    ],
  };
  test.each(Object.entries(refused))('%s', (_, [step, of, message]) => {
    expect(() => scheduled(of, [step])).toThrow(message);
  });
});
