/** Neighbours loaded and stored as one vector: whole vectors, edges between them, and sizes that end within one. */
import { expect, it } from 'vitest';
import type { Expr } from '../../compiler/primitives/expr.ts';
import type { PrimProgram } from '../../compiler/primitives/prim.ts';
import type { Strategy } from '../../kernels-gen/index.ts';
import { Executable } from '../../runtime/index.ts';
import { STORAGE } from '../../runtime/webgpu-flags.ts';
import { testDevice } from '../support/device.ts';
import { sample } from '../support/sample.ts';
import { call, contraction, input, load, map, program, type Size } from './build.ts';
import { integers, planOf, violations } from './execute.ts';
import { blockGradient, cayleyNeumann, matmul, rotate } from './layers.ts';

type Case = readonly [PrimProgram, ...tokens: number[]];

const half = (n: number, k: number) =>
  program({
    y: contraction(
      'y',
      [input('a', ['tokens', k], 'f16'), input('b', [k, n], 'f16')],
      [
        ['i', 'tokens'],
        ['j', n],
      ],
      [['k', k]],
      load(0, 'i', 'k'),
      load(1, 'k', 'j'),
      { dtype: 'f16' },
    ),
  });
const blocks = (b: number) =>
  program({ y: rotate(input('x', ['tokens', 2 * b]), input('t', [2, b, b]), 'tokens', 2, b) });
const gradients = (b: number) =>
  program({
    dT: blockGradient(input('x', ['tokens', 2 * b]), input('g', ['tokens', 2 * b]), 'tokens', 2, b),
  });

const squares = (m: Size, n: number) =>
  program({
    y: map(
      'y',
      [input('a', [m, n])],
      [
        ['i', m],
        ['j', n],
      ],
      call('mul', load(0, 'i', 'j'), load(0, 'i', 'j')),
    ),
  });

const VECTORS: Readonly<Record<string, Case>> = {
  'rows that lie along the sum, columns beside each other': [matmul('NN', 'tokens', 64, 64), 0, 1, 5, 37],
  'an edge between groups of columns': [matmul('NN', 'tokens', 32, 44, true), 33],
  'a sum that ends within a turn': [matmul('NN', 9, 36, 32, true), 1],
  'columns far apart, which lie along the sum': [matmul('NT', 5, 40, 544), 1],
  'rows beside each other, summed over tokens': [matmul('TN', 36, 44, 'tokens'), 0, 1, 8, 37],
  'half precision': [half(40, 64), 3],
  'dot products': [matmul('NT', 2, 19, 96), 1],
  'many elements': [squares(70, 44), 1],
  'blocks of 32': [blocks(32), 0, 1, 35],
  'gradients of blocks': [gradients(32), 35],
  'powers of skew blocks of 32': [cayleyNeumann('tokens', 2, 32), 7],
};
const ELEMENTS: Readonly<Record<string, Case>> = {
  'elements of rows that end within a vector': [squares(70, 45), 1],
  'dot products of a sum that ends within a turn': [matmul('NT', 2, 19, 40), 1],
  'blocks of fewer columns than a vector of each lane': [blocks(12), 35],
  'powers of skew blocks of 12': [cayleyNeumann('tokens', 3, 12), 7],
  'columns that end within a vector': [matmul('NN', 'tokens', 31, 42), 5],
  'powers of skew blocks of 5': [cayleyNeumann('tokens', 3, 5), 7],
};

/** One matrix as both operands. */
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

/** Of threads that load alone: which tensors are vectors. */
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
  'a sum that ends within a turn of lanes': [matmul('NN', 512, 64, 36), ['arg1', 'out'], 1],
  'both along the sum': [matmul('NT', 512, 64, 96), ['arg0', 'arg1', 'out'], 1],
  'rows beside each other': [matmul('TN', 2048, 64, 'tokens'), ['arg0', 'arg1', 'out'], 0, 1, 7],
  'half precision': [half(512, 64), ['arg0', 'arg1', 'out'], 3, 64],
  'columns that end within a vector': [matmul('NN', 512, 62, 64), ['arg0'], 1],
  'a matrix by itself': [square(ik, kj), [], 1],
  'its transpose by itself': [square(ki, kj), [], 1],
};

const vectorsOf = (wgsl: string): string[] =>
  [...wgsl.matchAll(/> (\w+): array<vec4<f(?:32|16)>>/g)].map((m) => m[1]!);

it.each(sample(Object.entries(ALONE), ['an edge between groups of columns', 'half precision']))(
  'alone: %s',
  async (_, [p, names, ...counts]) => {
    const [kernel] = planOf(p, 'direct').kernels;
    expect(vectorsOf(kernel!.wgsl)).toEqual(names);
    for (const tokens of counts)
      expect(await violations(p, tokens, integers(p, tokens, 1), ['direct'])).toEqual([]);
  },
);

const isVector = (p: PrimProgram, strategy: Strategy): boolean =>
  planOf(p, strategy).kernels.some((k) => /array<vec4<f(32|16)>>/.test(k.wgsl));

async function agrees([p, ...counts]: Case): Promise<void> {
  for (const tokens of counts)
    expect(await violations(p, tokens, integers(p, tokens, 1), ['lanes'])).toEqual([]);
}

it.each(Object.entries(VECTORS))('%s', async (_, given) => {
  expect(isVector(given[0], 'lanes')).toBe(true);
  await agrees(given);
});

it.each(Object.entries(ELEMENTS))('none: %s', async (_, given) => {
  expect(isVector(given[0], 'lanes')).toBe(false);
  await agrees(given);
});

it.each(['direct', 'lanes'] as const)(
  'of no elements, in a buffer too small for one: %s',
  async (strategy) => {
    const device = await testDevice();
    const executable = await Executable.create(device, planOf(matmul('TN', 2048, 64, 'tokens'), strategy));
    const x = device.createBuffer({ size: 4, usage: STORAGE });
    const y = await executable.run(0, { x, w: new Float32Array(0) }).read('y');
    expect(new Set(y)).toEqual(new Set([0]));
    executable.dispose();
    x.destroy();
  },
);
