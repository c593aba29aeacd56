/**
 * Schedules for GPUs: which tensors are read as vectors, into how many parts sums are split, which matrices are used.
 */
import { describe, expect, it } from 'vitest';
import { gpu } from '../../../compiler/devices/index.ts';
import type { Expr } from '../../../compiler/primitives/expr.ts';
import type { PrimProgram } from '../../../compiler/primitives/prim.ts';
import { type ContractionKernel, RESULT } from '../../../kernels-gen/fuse/kernel.ts';
import { STRATEGIES, type Strategy } from '../../../kernels-gen/index.ts';
import { matrixKernel, matrixShapes } from '../../../kernels-gen/schedule/workgroup/matrix.ts';
import { emitSplit, partsOf } from '../../../kernels-gen/schedule/workgroup/split.ts';
import { add, call, contraction, div, input, load, mul, program, type Size } from '../build.ts';
import { planOf } from '../execute.ts';
import { kernelOf, matrices, options } from './contractions.ts';

it('the strategies of a GPU are registered', () => {
  expect(STRATEGIES).toEqual(expect.arrayContaining([...gpu.strategies]));
});

describe('a tensor is read by vectors', () => {
  /** The product of `a`, which reads v, and a matrix with rows of odd length. */
  const of = (shape: readonly Size[], a: Expr, k = 8, m: Size = 20) =>
    program({
      y: contraction(
        'y',
        [input('v', shape), input('w', [k, 17])],
        [
          ['m', m],
          ['n', 17],
        ],
        [['k', k]],
        a,
        load(1, 'k', 'n'),
      ),
    });
  const CASES: Readonly<Record<string, readonly [boolean, PrimProgram]>> = {
    'along the sum': [true, of([20, 8], load(0, 'm', 'k'))],
    'along rows': [true, of([8, 20], load(0, 'k', 'm'))],
    'from a whole vector on': [true, of([20, 16], load(0, 'm', add('k', 4)))],
    'not from within one': [false, of([20, 16], load(0, 'm', add('k', 2)))],
    'not where the sum ends within one': [false, of([20, 8], load(0, 'm', 'k'), 6)],
    'not where lines do': [false, of([20, 10], load(0, 'm', 'k'))],
    'not every other element': [false, of([20, 16], load(0, 'm', mul('k', 2)))],
    'not each twice': [false, of([20, 4], load(0, 'm', div('k', 2)))],
    'not where the row moves it by less': [false, of([28], load(0, add('m', 'k')))],
    'not at the products of two indices': [false, of([160], load(0, mul('m', 'k')))],
    'not where lines are as long as tokens': [false, of([8, 'tokens'], load(0, 'k', 'm'), 8, 'tokens')],
    'not where it is computed first': [false, of([20, 8], call('abs', load(0, 'm', 'k')))],
  };
  it.each(Object.entries(CASES))('%s', (_, [vectors, p]) => {
    const plan = planOf(p, 'shared');
    expect(plan.kernels[0]!.wgsl.includes('arg0: array<vec4f>')).toBe(vectors);
    expect(plan.kernels[0]!.wgsl).toContain('arg1: array<f32>');
  });
});

describe('a sum has', () => {
  it('16 parts at most, and none of less than 128 steps', () => {
    expect(partsOf(matrices('TN', 16, 16, 65536), options())).toBe(16);
    expect(partsOf(matrices('TN', 16, 16, 300), options('split'))).toBe(2);
    expect(partsOf(matrices('TN', 16, 16, 383), options('split'))).toBe(2);
    expect(partsOf(matrices('TN', 16, 16, 384), options('split'))).toBe(3);
  });
  it('one part where it is short, and two where the strategy is forced', () => {
    expect(partsOf(matrices('TN', 512, 512, 100), options())).toBe(1);
    expect(partsOf(matrices('TN', 512, 512, 100), options('split'))).toBe(2);
    expect(partsOf(matrices('TN', 16, 16, 1), options('split'))).toBe(1);
    expect(emitSplit(matrices('TN', 512, 512, 100), options())).toBeUndefined();
  });
  it('one part where the parts and the epilogue’s tensors are more than a kernel can bind', () => {
    const kernel = (count: number) => {
      const of = matrices('NN', 16, 16, 16);
      const more = Array.from({ length: count }, (_, i) => input(`c${i}`, [16]));
      const terms = more.map((_, i) => load(2 + i, 'n0'));
      const epilogue = terms.reduce((sum, t) => call('add', sum, t), load(RESULT, 'm0', 'n0'));
      return { ...of, root: { ...of.root, args: [...of.root.args, ...more] }, epilogue };
    };
    expect(emitSplit(kernel(6), options('split'))!.module.bindings).toHaveLength(8);
    expect(emitSplit(kernel(7), options('split'))).toBeUndefined();
  });
});

describe('subgroup matrices', () => {
  const half = (a: 'f16' | 'f32', b: 'f16' | 'f32', body = load(0, 'm', 'k')) =>
    kernelOf(
      program({
        y: contraction(
          'y',
          [input('v', [64, 16], a), input('w', [16, 64], b)],
          [
            ['m', 64],
            ['n', 64],
          ],
          [['k', 16]],
          body,
          load(1, 'k', 'n'),
        ),
      }),
    );
  const components = (k: ContractionKernel) => matrixShapes(k).map((s) => s.component);
  it('are of f16 first, where all operands are stored so', () => {
    expect(components(half('f16', 'f16'))).toEqual(['f16', 'f32']);
    expect(components(half('f32', 'f16'))).toEqual(['f32']);
    expect(components(half('f16', 'f32'))).toEqual(['f32']);
    expect(components(half('f16', 'f16', call('neg', load(0, 'm', 'k'))))).toEqual(['f32']);
    const both = half('f16', 'f16');
    const negated = { ...both.root, a: call('neg', both.root.a), over: both.root.over };
    expect(components({ ...both, added: [both.root] })).toEqual(['f16', 'f32']);
    expect(components({ ...both, added: [negated] })).toEqual(['f32']);
  });

  const multiplied = (k: ContractionKernel, strategy?: Strategy) => matrixKernel(k, options(strategy));
  it('exchange rows and columns where there are at most 32 rows, and more columns', () => {
    const turned = (m: number, n: number) => {
      const kernel = matrices('NN', m, n, 8);
      return multiplied(kernel, 'matrix') !== kernel;
    };
    expect([turned(32, 33), turned(7, 70)]).toEqual([true, true]);
    expect([turned(33, 64), turned(32, 32), turned(70, 7), turned(16, 8)]).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
  it('take over from the same work on as the strategy shared', () => {
    expect(multiplied(matrices('NN', 256, 256, 256))).toBeDefined();
    expect(multiplied(matrices('NN', 256, 256, 255))).toBeUndefined();
    expect(multiplied(matrices('NN', 15, 4096, 4096))).toBeUndefined();
    expect(multiplied(matrices('NN', 16, 4096, 4096))).toBeDefined();
    expect(multiplied(matrices('NN', 4096, 15, 4096))).toBeUndefined();
    expect(multiplied(matrices('NN', 64, 64, 1), 'matrix')).toBeUndefined();
    expect(multiplied(matrices('NN', 256, 256, 255), 'shared')).toBeUndefined();
  });
});
