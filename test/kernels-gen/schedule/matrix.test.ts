/** Contractions by subgroup matrices: compiled as they are, and run with the matrices emulated in plain WGSL. */
import { describe, expect, it } from 'vitest';
import type { DType } from '../../../compiler/ir/node.ts';
import type { PrimProgram } from '../../../compiler/primitives/prim.ts';
import { sample } from '../../support/sample.ts';
import { emulated } from '../../support/subgroup-matrices.ts';
import { type Axes, call, contraction, input, load, program, type Size } from '../build.ts';
import { integers, planOf, violations } from '../execute.ts';
import { blockGradient, matmul, rotate } from '../layers.ts';

const x = input('x', ['tokens', 2 * 31]);
const axes = (m: Size, n: Size): Axes => [
  ['m', m],
  ['n', n],
];

/** The product x·wᵀ of operands and result with these dtypes. */
const stored = (a: DType, b: DType, out: DType, m: Size, n: number, k: number): PrimProgram =>
  program({
    y: contraction(
      'y',
      [input('v', [m, k], a), input('w', [n, k], b)],
      axes(m, n),
      [['k', k]],
      load(0, 'm', 'k'),
      load(1, 'n', 'k'),
      { dtype: out },
    ),
  });

/** A contraction over two axes whose operands are both computed where they are read. */
const computed = program({
  y: contraction(
    'y',
    [input('v', [70, 3, 5]), input('w', [3, 5, 40])],
    axes(70, 40),
    [
      ['s', 3],
      ['k', 5],
    ],
    call('abs', load(0, 'm', 's', 'k')),
    call('neg', load(1, 's', 'k', 'n')),
  ),
});

const PROGRAMS: Readonly<Record<string, readonly [PrimProgram, ...tokens: number[]]>> = {
  'NN, whole tiles': [matmul('NN', 128, 64, 32), 1],
  'NT, edges everywhere': [matmul('NT', 70, 37, 19, true), 1],
  'TN over tokens': [matmul('TN', 66, 33, 'tokens'), 0, 1, 65],
  'tokens as rows': [matmul('NN', 'tokens', 33, 16, true), 0, 1, 65],
  'few rows, many columns': [matmul('NT', 7, 70, 20, true), 1],
  blocks: [program({ y: rotate(x, input('t', [2, 31, 31]), 'tokens', 2, 31) }), 37],
  'gradients of blocks': [program({ dT: blockGradient(x, input('g', ['tokens', 62]), 'tokens', 2, 31) }), 37],
  'computed operands': [computed, 1],
  'f16, whole tiles': [stored('f16', 'f16', 'f16', 64, 32, 32), 1],
  'f16, edges': [stored('f16', 'f16', 'f32', 'tokens', 37, 20), 1, 70],
  'f16 and f32': [stored('f16', 'f32', 'f32', 66, 37, 20), 1],
};

describe.each(sample([[16], [2], [1]], ['16', '1']))('with %d subgroups', (subgroups) => {
  const programs = Object.entries(PROGRAMS);
  it.each(
    subgroups === 16
      ? sample(programs, ['NN, whole tiles', 'NT, edges everywhere', 'f16, edges'])
      : programs.slice(1, 2),
  )('%s', async (_, [p, ...counts]) => {
    const plan = emulated(planOf(p, 'matrix'), subgroups);
    expect(plan.kernels.some((k) => k.wgsl.includes('multiply('))).toBe(true);
    for (const tokens of counts)
      expect(
        await violations(p, tokens, integers(p, tokens, 1), ['matrix'], (q) => emulated(q, subgroups)),
      ).toEqual([]);
  });
});
