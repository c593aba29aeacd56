/**
 * The strategy `shared`: edges of tiles, lengths of sums, layouts, and operands that are computed as they are staged.
 */
import { expect, it } from 'vitest';
import type { PrimProgram } from '../../../compiler/primitives/prim.ts';
import { sample } from '../../support/sample.ts';
import { input, program } from '../build.ts';
import { integers, planOf, violations } from '../execute.ts';
import { blockGradient, cayleyNeumann, matmul, rotate } from '../layers.ts';

const x = input('x', ['tokens', 2 * 31]);
const PROGRAMS: Readonly<Record<string, readonly [PrimProgram, ...tokens: number[]]>> = {
  'NN, whole tiles': [matmul('NN', 32, 32, 32), 1],
  'NT, edges everywhere': [matmul('NT', 37, 21, 19, true), 1],
  'TN over tokens': [matmul('TN', 20, 33, 'tokens'), 0, 1, 16, 37],
  'tokens as rows': [matmul('NN', 'tokens', 33, 16, true), 1, 37],
  'one row': [matmul('NT', 1, 70, 5), 1],
  blocks: [program({ y: rotate(x, input('t', [2, 31, 31]), 'tokens', 2, 31) }), 7],
  'gradients of blocks': [
    program({ dT: blockGradient(x, input('g', ['tokens', 2 * 31]), 'tokens', 2, 31) }),
    7,
  ],
  'powers of skew blocks': [cayleyNeumann('tokens', 3, 5), 7],
};

it.each(sample(Object.entries(PROGRAMS), ['NT, edges everywhere', 'tokens as rows', 'blocks']))(
  '%s',
  async (_, [p, ...counts]) => {
    expect(planOf(p, 'shared').kernels.some((k) => k.wgsl.includes('var<workgroup> left_tile'))).toBe(true);
    for (const tokens of counts)
      expect(await violations(p, tokens, integers(p, tokens, 1), ['shared'])).toEqual([]);
  },
);
