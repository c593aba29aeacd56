/** Elements loaded and stored as one vector: whole vectors, gaps between them, and sizes that end within one. */
import { expect, it } from 'vitest';
import type { Expr } from '../../../compiler/primitives/expr.ts';
import type { PrimProgram } from '../../../compiler/primitives/prim.ts';
import { Executable } from '../../../runtime/index.ts';
import { STORAGE } from '../../../runtime/webgpu-flags.ts';
import { testDevice } from '../../support/device.ts';
import { sample } from '../../support/sample.ts';
import { QUICK } from '../../support/schedules.ts';
import { contraction, input, load, program } from '../build.ts';
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

const vectorsOf = (wgsl: string): string[] =>
  [...wgsl.matchAll(/> (\w+): array<vec4[fh]>/g)].map((m) => m[1]!);

it.each(sample(Object.entries(ALONE), ['an edge between groups of columns', 'half precision']))(
  'the direct strategy alone: %s',
  async (_, [p, names, ...counts]) => {
    const [kernel] = planOf(p, 'direct').kernels;
    expect(vectorsOf(kernel!.wgsl)).toEqual(names);
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
