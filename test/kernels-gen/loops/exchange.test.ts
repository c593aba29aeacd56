/** The exchange of a matrix's elements between lanes: large matrices, the shape of its memories, and what is refused. */
import { expect, test } from 'vitest';
import { dimConst } from '../../../compiler/dims/dims.ts';
import { ax, call, iadd, imul, int, load } from '../../../compiler/primitives/build.ts';
import type { Expr, IntExpr } from '../../../compiler/primitives/expr.ts';
import { tensor } from '../../../compiler/semantics/domains/domain.ts';
import { field } from '../../../compiler/semantics/domains/field.ts';
import { runLoops } from '../../../kernels-gen/loops/interpret.ts';
import { showLoops } from '../../../kernels-gen/loops/show.ts';
import { checked } from '../../../kernels-gen/loops/spec.ts';
import type { Body, For, LoopKernel } from '../../../kernels-gen/loops/type.ts';
import { exchange } from '../../../kernels-gen/schedule/steps/exchange.ts';
import { linesOf, loop, store } from './small-kernels.ts';
import { memory } from './statements.ts';

const [IN, OUT] = [0, 1];
const at = (row: string, by: number, col: string) => iadd(imul(ax(row), int(by)), ax(col));

/** A kernel with loops over the rows and columns of a matrix. */
const kernel = (
  rows: number,
  cols: number,
  inner: Body,
  before: Body = [],
  more: Partial<For> = {},
): LoopKernel => ({
  memories: [memory('a', 'input', rows * cols), memory('out', 'output', rows * cols)],
  threads: 1,
  body: [loop('i', rows, [...before, loop('j', cols, inner, more)])],
});
const turn = (rows: number, cols: number) => store(OUT, [at('j', rows, 'i')], load(IN, [at('i', cols, 'j')]));
const turning = (rows: number, cols: number) => kernel(rows, cols, [turn(rows, cols)]);

test('each lane has several vectors of squares beside and below each other', () => {
  const n = 12;
  const own = turning(n, n);
  const values = Array.from({ length: n * n }, (_, at) => at);
  const run = (k: LoopKernel) => [
    ...runLoops(k, field(1009), [tensor([n * n], values)], { tokens: 1 })[0]!.values,
  ];
  const lanes = checked(exchange('i', 'j', 2).apply(own));
  expect(run(lanes)).toEqual(values.map((to) => (to % n) * n + Math.floor(to / n)));
});

test('lanes keep a square for each round and those of the result below each other', () => {
  const loops = exchange('i', 'j', 2).apply(turning(6, 4));
  expect(showLoops(loops).split('\n').slice(2, 4)).toEqual([
    'lanes by1[2, 2, 2]: f32',
    'lanes turned[3, 2, 2, 2]: f32',
  ]);
});

test('one square has no vectors', () => {
  const [part] = linesOf(exchange('i', 'j', 2).apply(turning(2, 2))).slice(-2);
  expect(part?.trim()).toBe('for down_part in 1 unrolled:');
});

const [noSquares, noTranspose] = ['are no squares of', 'do not transpose a matrix'];
const [R, C] = [8, 16];
const square = (inner: Body, ...before: Body) => kernel(R, C, inner, before);
const value = load(IN, [at('i', C, 'j')]);
const to = (index: readonly IntExpr[], of: Expr = value) => square([store(OUT, index, of)]);
const place = at('j', R, 'i');
const own = turn(R, C);
const REFUSED: Readonly<Record<string, readonly [string, LoopKernel]>> = {
  'rows that are no whole squares': [noSquares, turning(12, 8)],
  'columns that are no whole squares': [noSquares, turning(8, 12)],
  'a store without an index': [noTranspose, to([])],
  'a value that is computed': [noTranspose, to([place], call('neg', value))],
  'a value of another place': [noTranspose, to([place], load(IN, [place]))],
  'a store to another place': [noTranspose, to([at('i', C, 'j')])],
  'a sum': [noTranspose, square([{ k: 'accumulate', to: OUT, index: [place], combine: 'sum', value }])],
  'no statement': [noTranspose, square([])],
  'two statements': [noTranspose, square([own, own])],
  'a name between the loops': [
    noTranspose,
    square([own], { k: 'let', name: 'm', value: ax('i'), extent: dimConst(R) }),
  ],
  'a statement between the loops': ['do not contain each other', square([own], store(OUT, [int(0)]))],
  'a loop that ends earlier': ['bounds of its own', kernel(R, C, [own], [], { end: int(3) })],
};
test.each(Object.entries(REFUSED))('%s is refused', (_, [message, of]) => {
  expect(() => exchange('i', 'j', 8).apply(of)).toThrow(message);
});
