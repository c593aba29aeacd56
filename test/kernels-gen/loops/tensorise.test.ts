/** Registers that become matrices, with the types of their tiles, and those that stay. */
import { expect, test } from 'vitest';
import { ax, call, constant, ilt, int, load } from '../../../compiler/primitives/build.ts';
import type { Expr } from '../../../compiler/primitives/expr.ts';
import type { Body, LoopKernel, Memory, Statement } from '../../../kernels-gen/loops/type.ts';
import { tensorise } from '../../../kernels-gen/schedule/steps/tensorise.ts';
import { loop, memory } from './statements.ts';

const N = 8;
const square = (name: string, space: Memory['space'], dtype: Memory['dtype'] = 'f32'): Memory => ({
  ...memory(name, space, N, N),
  dtype,
});
const MEMORIES = [
  square('half', 'workgroup', 'f16'),
  square('tile', 'workgroup'),
  square('sum', 'register'),
  square('left', 'register'),
  square('right', 'register'),
  square('cleared', 'register'),
  square('given', 'matrix'),
  memory('acc', 'register'),
];
const [HALF, TILE, SUM, LEFT, RIGHT, CLEARED, GIVEN, ACC] = [...MEMORIES.keys()] as [
  ...[number, number, number, number, number, number, number, number],
];
const kernel = (...body: Body): LoopKernel => ({ memories: MEMORIES, threads: 32, body });
const over = (axes: string, ...body: Body): Body =>
  [...axes].reduceRight<Body>((inner, axis) => [loop(axis, N, 'serial', inner)], body);
const at = (axes: string) => [...axes].map(ax);
const set = (to: number, axes: string, value: Expr): Statement => ({
  k: 'store',
  to,
  index: at(axes),
  value,
});
const product = call('mul', load(LEFT, at('rk')), load(RIGHT, at('kc')));
const step = tensorise(['r', 'k', 'c']);

test('registers in the loops are matrices, with the types of the tiles that they are loaded from', () => {
  const made = step.apply(
    kernel(
      set(ACC, '', constant(0)),
      { k: 'if', cond: ilt(int(0), int(1)), body: over('rc', set(CLEARED, 'rc', constant(0))) },
      loop('q', 2, 'serial', [set(ACC, '', constant(1))]),
      ...over('rc', set(SUM, 'rc', constant(0))),
      ...over('rk', set(LEFT, 'rk', load(HALF, at('kr')))),
      ...over('kc', set(RIGHT, 'kc', load(HALF, at('kc')))),
      ...over('rkc', { k: 'accumulate', to: SUM, index: at('rc'), combine: 'sum', value: product }),
      ...over('rc', set(TILE, 'rc', load(SUM, at('rc')))),
    ),
  );
  expect(made.memories.map(({ name, space, dtype }) => `${name}: ${space} of ${dtype}`)).toEqual([
    'half: workgroup of f16',
    'tile: workgroup of f32',
    'sum: matrix of f32',
    'left: matrix of f16',
    'right: matrix of f16',
    'cleared: matrix of f32',
    'given: matrix of f32',
    'acc: register of f32',
  ]);
});

test('registers that the invocations of a subgroup combine are no matrix', () => {
  const body = over('rkc', { k: 'collect', to: SUM, index: at('rc'), combine: 'sum' });
  expect(() => step.apply(kernel(...body))).toThrow('are no operation on matrices');
});

test('a matrix keeps its type, so that a tile of another one is refused', () => {
  const own = kernel(...over('rc', set(GIVEN, 'rc', load(HALF, at('rc')))));
  expect(() => tensorise(['r', 'c']).apply(own)).toThrow('matrix given and half differ in type');
});
