/** Factors of products that are copied to tiles in workgroup memory: the loops, and tiles that products share. */
import { expect, test } from 'vitest';
import { dimConst } from '../../../compiler/dims/dims.ts';
import { ax, call, iadd, ilt, imul, int, load } from '../../../compiler/primitives/build.ts';
import type { Expr, IntExpr } from '../../../compiler/primitives/expr.ts';
import { showLoops } from '../../../kernels-gen/loops/show.ts';
import { checked } from '../../../kernels-gen/loops/spec.ts';
import {
  type Body,
  type LoopKernel,
  type Memory,
  type Statement,
  trips,
} from '../../../kernels-gen/loops/type.ts';
import { type Staging, stage } from '../../../kernels-gen/schedule/steps/stage.ts';
import { loop, memory } from './statements.ts';

const [A, B, C, ACC] = [0, 1, 2, 3];
const [i, k, row] = [ax('i'), ax('k'), ax('row')];
const named = (name: string, value: IntExpr, size: number): Statement => ({
  ...{ k: 'let', name, value, extent: dimConst(size) },
});
const step = iadd(imul(ax('o'), int(4)), ax('n'));
const rows = named('row', iadd(imul(i, int(4)), ax('t')), 8);
const product = (left: Expr, right: Expr): Statement => ({
  ...{ k: 'accumulate', to: ACC, index: [i], combine: 'sum', value: call('mul', left, right) },
});
const digits: Statement = {
  ...{ k: 'digits', of: row },
  axes: [2, 4].map((n, d) => ({ name: ['x', 'y'][d]!, extent: dimConst(n) })),
};
/** A sum over ten steps, four at once. */
const ten = (...body: Body): Statement => {
  const steps: Body = [named('k', step, 10), loop('i', 2, 'serial', [rows, ...body])];
  const some: Statement = { k: 'if', cond: ilt(step, int(10)), body: steps };
  return loop('o', 3, 'serial', [loop('n', 4, 'serial', [some])], { trips: trips(dimConst(10), 4) });
};
const twoOfFour = (...body: Body): Statement =>
  loop('o', 2, 'serial', [
    loop('n', 4, 'serial', [named('k', step, 8), loop('i', 2, 'serial', [rows, ...body])]),
  ]);
const kernel = (body: Body, ...more: readonly Memory[]): LoopKernel => ({
  memories: [
    memory('a', 'input', 8, 10),
    memory('b', 'input', 10),
    memory('c', 'input', 2, 4, 10),
    memory('acc', 'register', 2),
    ...more,
  ],
  threads: 4,
  body: [loop('t', 4, 'invocation', body)],
});
const staging: Staging = {
  ...{ outer: 'o', inner: 'n', axes: ['i'], places: { left: 'row', right: 'column' } },
  ...{ dtype: 'f32', alongSum: [] },
};
const [ofRow, ofStep] = [load(A, [row, k]), load(B, [k])];
const lines = (of: LoopKernel, more: Partial<Staging> = {}) =>
  showLoops(checked(stage({ ...staging, ...more }).apply(of)))
    .split('\n')
    .slice(4);

test('steps beyond the last are 0, and the tile of a factor that has no place has one dimension', () => {
  expect(lines(kernel([ten(product(ofRow, ofStep))]))).toEqual([
    'workgroup left_tile[4, 8]: f32',
    'workgroup right_tile[4]: f32',
    '4 invocations a workgroup',
    'for t in 4 by invocation / 1:',
    '  for o in ⌈10 / 4⌉:',
    '    barrier of the workgroup',
    '    for left_step in 4:',
    '      let left_k = (o * 4 + left_step if o * 4 + left_step < 10 else 10 - 1)',
    '      for left_place in 8:',
    '        left_tile[left_step, left_place] = (a[left_place, left_k] if o * 4 + left_step < 10 else 0)',
    '    for right_step in 4:',
    '      let right_k = (o * 4 + right_step if o * 4 + right_step < 10 else 10 - 1)',
    '      right_tile[right_step] = (b[right_k] if o * 4 + right_step < 10 else 0)',
    '    barrier of the workgroup',
    '    for n in 4:',
    '      for i in 2:',
    '        let row = i * 4 + t',
    '        acc[i] += left_tile[n, row] * right_tile[n]',
  ]);
});

test('digits of a place are those of the copy, a loop is a place, and steps are neighbours where they are to be', () => {
  const own = product(load(C, [ax('x'), ax('y'), k]), load(A, [i, k]));
  const more = { places: { left: 'row', right: 'i' }, dtype: 'f16', alongSum: ['left'] } as const;
  expect(lines(kernel([twoOfFour(digits, own)]), more)).toEqual([
    'workgroup left_tile[4, 8]: f16',
    'workgroup right_tile[4, 2]: f16',
    '4 invocations a workgroup',
    'for t in 4 by invocation / 1:',
    '  for o in 2:',
    '    barrier of the workgroup',
    '    for left_place in 8:',
    '      let (left_x, left_y) = digits of left_place',
    '      for left_step in 4:',
    '        let left_k = o * 4 + left_step',
    '        left_tile[left_step, left_place] = c[left_x, left_y, left_k]',
    '    for right_step in 4:',
    '      let right_k = o * 4 + right_step',
    '      for right_place in 2:',
    '        right_tile[right_step, right_place] = a[right_place, right_k]',
    '    barrier of the workgroup',
    '    for n in 4:',
    '      for i in 2:',
    '        let row = i * 4 + t',
    '        acc[i] += left_tile[n, row] * right_tile[n, i]',
  ]);
});

test('each condition clamps the name after it, and steps and places for which one does not hold are 0', () => {
  const some: Statement = {
    ...{ k: 'if', cond: ilt(ax('y'), int(3)) },
    body: [named('z', ax('y'), 3), product(load(C, [ax('x'), ax('z'), k]), ofStep)],
  };
  const all = lines(kernel([ten(digits, some)]), { places: { left: 'row', right: 'row' } });
  expect(all.slice(6, -5)).toEqual([
    '    for left_step in 4:',
    '      let left_k = (o * 4 + left_step if o * 4 + left_step < 10 else 10 - 1)',
    '      for left_place in 8:',
    '        let (left_x, left_y) = digits of left_place',
    '        let left_z = (left_y if left_y < 3 else 3 - 1)',
    '        left_tile[left_step, left_place] = ((c[left_x, left_z, left_k] if left_y < 3 else 0) if o * 4 + left_step < 10 else 0)',
    '    for right_step in 4:',
    '      let right_k = (o * 4 + right_step if o * 4 + right_step < 10 else 10 - 1)',
    '      for right_place in 8:',
    '        let (right_x, right_y) = digits of right_place',
    '        right_tile[right_step, right_place] = ((b[right_k] if right_y < 3 else 0) if o * 4 + right_step < 10 else 0)',
  ]);
});

test('a tile has a place for each block of a loop', () => {
  const blocks = loop('i', 3, 'serial', [product(load(B, [i]), ofStep)], { trips: trips(dimConst(3), 2) });
  const own = kernel([loop('o', 2, 'serial', [loop('n', 4, 'serial', [named('k', step, 8), blocks])])]);
  const { memories } = stage({ ...staging, places: { left: 'i', right: 'column' } }).apply(own);
  expect(memories[4]).toEqual(memory('left_tile', 'workgroup', 4, 2));
});

test('a whole tile has a dimension for its places, also where the factor has none', () => {
  const whole = { left: { at: i, size: 3 }, right: { at: int(1), size: 5 } };
  const all = lines(kernel([ten(product(ofRow, ofStep))]), { whole });
  expect(all.slice(0, 2)).toEqual(['workgroup left_tile[4, 3]: f32', 'workgroup right_tile[4, 5]: f32']);
  expect(all.at(-1)).toBe('        acc[i] += left_tile[n, i] * right_tile[n, 1]');
});

test('products one after the other share their tiles', () => {
  const both = kernel([ten(product(ofRow, ofStep)), ten(product(ofRow, ofStep))]);
  expect(stage(staging).apply(both).memories.slice(4)).toEqual([
    memory('left_tile', 'workgroup', 4, 8),
    memory('right_tile', 'workgroup', 4),
  ]);
});

test('factors with tiles of one shape have a tile each', () => {
  const square = kernel([ten(product(ofRow, ofRow))]);
  const { memories } = stage({ ...staging, places: { left: 'row', right: 'row' } }).apply(square);
  expect(memories.slice(4).map((m) => m.name)).toEqual(['left_tile', 'right_tile']);
});

test.each<[string, Memory]>([
  ['a register', memory('left_tile', 'register', 4, 8)],
  ['of another type', { ...memory('left_tile', 'workgroup', 4, 8), dtype: 'f16' }],
  ['of fewer dimensions', memory('left_tile', 'workgroup', 4)],
  ['of another size', memory('left_tile', 'workgroup', 4, 9)],
])('a memory that has the name of a tile and is %s is no tile', (_, other) => {
  const { memories } = stage(staging).apply(kernel([ten(product(ofRow, ofStep))], other));
  expect(memories.slice(5).map((m) => m.name)).toEqual(['left_tile1', 'right_tile']);
});

test('the first of two tiles is used, and one that is the first memory', () => {
  const tile = memory('left_tile', 'workgroup', 4, 8);
  const two = kernel([ten(product(ofRow, ofStep))], tile, { ...tile, name: 'left_tile1' });
  expect(lines(two).at(-1)).toBe('        acc[i] += left_tile[n, row] * right_tile[n]');
  const { memories, ...own } = kernel([ten(digits, product(load(C, [ax('x'), ax('y'), k]), ofStep))]);
  const first = stage(staging).apply({ ...own, memories: [tile, ...memories.slice(1)] });
  expect(first.memories.map((m) => m.name)).toEqual(['left_tile', 'b', 'c', 'acc', 'right_tile']);
});

const refused: Readonly<Record<string, Statement>> = {
  'has no statement': loop('o', 2, 'serial', []),
  'has an inner loop without statements': loop('o', 2, 'serial', [loop('n', 4, 'serial', [])]),
  'has a condition around the inner loop': loop('o', 2, 'serial', [
    { k: 'if', cond: ilt(ax('o'), int(1)), body: [loop('n', 4, 'serial', [product(ofStep, ofStep)])] },
  ]),
};
test.each(Object.entries(refused))('a loop that %s is refused', (_, body) => {
  expect(() => stage({ ...staging, axes: [] }).apply(kernel([body]))).toThrow(
    'the loop over o adds no product over n',
  );
});
