/** Elements loaded and stored as one vector: whole vectors, gaps between them, and sizes that end within one. */
import { expect, it } from 'vitest';
import { dimConst } from '../../../compiler/dims/dims.ts';
import { ax, int } from '../../../compiler/primitives/build.ts';
import type { Expr, IntExpr } from '../../../compiler/primitives/expr.ts';
import type { Prim, PrimProgram } from '../../../compiler/primitives/prim.ts';
import { isVector, vectorsAlong } from '../../../kernels-gen/families/vectors.ts';
import { RESULT } from '../../../kernels-gen/fuse/kernel.ts';
import { Executable } from '../../../runtime/index.ts';
import { STORAGE } from '../../../runtime/webgpu-flags.ts';
import { testDevice } from '../../support/device.ts';
import { sample } from '../../support/sample.ts';
import { QUICK } from '../../support/schedules.ts';
import { add, asDim, contraction, div, input, load, map, mul, program, type Size, sub } from '../build.ts';
import { integers, planOf, violations } from '../execute.ts';
import { halfProduct, matmul } from '../layers.ts';

/** A product with the same matrix as both operands. */
const square = (a: Expr, b: Expr) =>
  program({
    y: contraction(
      'y',
      [input('a', [32, 32])],
      [
        ['i', 32],
        ['j', 32],
      ],
      [['k', 32]],
      a,
      b,
    ),
  });
const [ik, ki, kj] = [load(0, 'i', 'k'), load(0, 'k', 'i'), load(0, 'k', 'j')];

/** Programs with the tensors that the direct strategy loads as vectors. */
const ALONE: Readonly<
  Record<string, readonly [PrimProgram, vectors: readonly string[], ...tokens: number[]]>
> = {
  'rows along the sum, columns beside each other': [
    matmul('NN', 'tokens', 512, 64),
    ['arg0', 'arg1', 'out'],
    0,
    1,
    5,
    37,
  ],
  'an edge between groups of columns': [matmul('NN', 2048, 44, 32, true), ['arg0', 'arg1', 'arg2', 'out'], 1],
  'a sum that ends within eight vectors': [matmul('NN', 512, 64, 36), ['arg1', 'out'], 1],
  'both along the sum': [matmul('NT', 512, 64, 96), ['arg0', 'arg1', 'out'], 1],
  'rows beside each other': [matmul('TN', 2048, 64, 'tokens'), ['arg0', 'arg1', 'out'], 0, 1, 7],
  'half precision': [halfProduct(512, 64), ['arg0', 'arg1', 'out'], 3, 64],
  'columns that end within a vector': [matmul('NN', 512, 62, 64), ['arg0'], 1],
  'a matrix by itself': [square(ik, kj), [], 1],
  'its transpose by itself': [square(ki, kj), [], 1],
};

const i = { name: 'i', extent: dimConst(8) };
/** A map over i and j, with a tensor as its argument. */
const over = (arg: Prim, rows: Size = 8) =>
  map(
    'y',
    [arg],
    [
      ['i', rows],
      ['j', 3],
    ],
    load(0, 'i'),
  );
const matrix = input('a', [12, 16]);

it.each<readonly [string, Prim, IntExpr[], boolean]>([
  ['a row', matrix, [ax('j'), ax('i')], true],
  ['a row from an element that is aligned', matrix, [ax('j'), add('i', 4)], true],
  ['a row from another element', matrix, [ax('j'), add('i', 2)], false],
  ['a row from an element that another axis moves', matrix, [int(0), add('i', 'j')], false],
  ['a row from an element that another axis moves by vectors', matrix, [int(0), add('i', mul('j', 4))], true],
  ['a column', matrix, [ax('i'), ax('j')], false],
  ['every second element', matrix, [int(0), mul('i', 2)], false],
  ['a row that changes with the element', matrix, [div('i', 2), ax('i')], false],
  ['products of two axes', matrix, [int(0), mul('i', 'j')], false],
  ['a vector of no whole vectors', input('a', [18]), [ax('i')], false],
  ['a diagonal', matrix, [ax('i'), ax('i')], false],
  ['a row backwards', matrix, [int(0), sub(7, 'i')], false],
  ['parts of a row', matrix, [int(0), div('i', 2)], false],
  ['one element', matrix, [int(0), int(0)], false],
  ['rows that are no vectors', input('a', [12, 18]), [ax('j'), ax('i')], false],
  ['rows of unknown length', input('a', [12, 'tokens']), [ax('j'), ax('i')], false],
  ['integers', input('a', [12, 16], 'i32'), [ax('j'), ax('i')], false],
  ['half precision', input('a', [12, 16], 'f16'), [ax('j'), ax('i')], true],
  ['a quantised tensor', { ...matrix, storage: { format: 'int8' } }, [ax('j'), ax('i')], false],
  ['a number', input('a', []), [], false],
])('%s: whether it is loaded as vectors', (_, arg, index, isOne) => {
  expect(isVector({ arg: 0, index }, i, over(arg))).toBe(isOne);
});

it('an axis of six elements, or of tokens, has no vectors, and neither has the result of a kernel', () => {
  const index = [ax('j'), ax('i')];
  const at = (rows: Size) =>
    isVector({ arg: 0, index }, { name: 'i', extent: asDim(rows) }, over(matrix, rows));
  expect([8, 6, 'tokens', '4*tokens'].map(at)).toEqual([true, false, false, false]);
  expect(isVector({ arg: RESULT, index }, i, over(matrix))).toBe(false);
});

it('arguments that are indices are not loaded as vectors', () => {
  const places = input('places', [8], 'i32');
  const root = map('y', [matrix, places], [['i', 8]], {
    ...{ k: 'load', arg: 0 },
    index: [int(0), { k: 'iload', arg: 1, index: [ax('i')] }],
  });
  expect(vectorsAlong(root.body, i, root)).toEqual([]);
  const own = map('y', [matrix], [['i', 8]], load(0, int(0), 'i'));
  expect(vectorsAlong(own.body, i, own)).toEqual([0]);
});

const vectorsOf = (wgsl: string): string[] =>
  [...wgsl.matchAll(/> (\w+): array<vec4[fh]>/g)].map((m) => m[1]!);

it.each(Object.entries(ALONE))('the direct strategy declares buffers of vectors: %s', (_, [p, names]) => {
  const [kernel] = planOf(p, 'direct').kernels;
  expect(vectorsOf(kernel!.wgsl)).toEqual(names);
});

it.each(sample(Object.entries(ALONE), ['an edge between groups of columns', 'half precision']))(
  'the direct strategy alone: %s',
  async (_, [p, , ...counts]) => {
    for (const tokens of counts)
      expect(await violations(p, tokens, integers(p, tokens, 1), ['direct'])).toEqual([]);
  },
);

it.each(QUICK)('no elements, in a buffer too small for a vector: %s', async (strategy) => {
  const device = await testDevice();

  const executable = await Executable.create(device, planOf(matmul('TN', 2048, 64, 'tokens'), strategy));
  const x = device.createBuffer({ size: 4, usage: STORAGE });
  const y = await executable.run(0, { x, w: new Float32Array(0) }).read('y');
  expect(new Set(y)).toEqual(new Set([0]));
  executable.dispose();
  x.destroy();
});
