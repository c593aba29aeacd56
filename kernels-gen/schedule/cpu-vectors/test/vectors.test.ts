/**
 * Elements that a lane loads and stores as one vector: whole vectors, gaps between them, sizes that end within one.
 */
import { expect, it } from 'vitest';
import type { DType } from '../../../../compiler/ir/node.ts';
import type { PrimProgram } from '../../../../compiler/primitives/prim.ts';
import {
  add,
  call,
  input,
  less,
  load,
  map,
  program,
  type Size,
  select,
  sub,
} from '../../../../test/kernels-gen/build.ts';
import { integers, planOf, violations } from '../../../../test/kernels-gen/execute.ts';
import {
  blockGradient,
  cayleyNeumann,
  halfProduct,
  matmul,
  rotate,
} from '../../../../test/kernels-gen/layers.ts';

type Case = readonly [PrimProgram, ...tokens: number[]];

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

/** The halves of each row of `m`, the other way round: an index that the other half's branch takes is out of range. */
const swapped = (m: Size, n: number, dtype: DType = 'f32') =>
  program({
    y: map(
      'y',
      [input('a', [m, n], dtype)],
      [
        ['i', m],
        ['j', n],
      ],
      select(less('j', n / 2), load(0, 'i', add('j', n / 2)), load(0, 'i', sub('j', n / 2))),
      { dtype },
    ),
  });

const VECTORS: Readonly<Record<string, Case>> = {
  'rows that lie along the sum, columns beside each other': [matmul('NN', 'tokens', 64, 64), 0, 1, 5, 37],
  'an edge between groups of columns': [matmul('NN', 'tokens', 32, 44, true), 33],
  'a sum that ends within a turn': [matmul('NN', 9, 36, 32, true), 1],
  'columns far apart, which lie along the sum': [matmul('NT', 5, 40, 544), 1],
  'rows beside each other, summed over tokens': [matmul('TN', 36, 44, 'tokens'), 0, 1, 8, 37],
  'half precision': [halfProduct(40, 64), 3],
  'dot products': [matmul('NT', 2, 19, 96), 1],
  'many elements': [squares(70, 44), 1],
  'halves of rows': [swapped('tokens', 64), 0, 1, 5, 70],
  'halves of a known number of rows': [swapped(70, 40), 1],
  'halves of rows in half precision': [swapped('tokens', 32, 'f16'), 130],
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

const isVector = (p: PrimProgram): boolean =>
  planOf(p, 'lanes').kernels.some((k) => /array<vec4[fh]>/.test(k.wgsl));

async function agrees([p, ...counts]: Case): Promise<void> {
  for (const tokens of counts)
    expect(await violations(p, tokens, integers(p, tokens, 1), ['lanes'])).toEqual([]);
}

it.each(Object.entries(VECTORS))('%s', async (_, given) => {
  expect(isVector(given[0])).toBe(true);
  await agrees(given);
});

it('vectors of halves of rows are loaded at once, clamped to the last vector', () => {
  const wgsl = (p: PrimProgram) =>
    planOf(p, 'lanes')
      .kernels.map((k) => k.wgsl)
      .find((text) => text.includes('vec4'))!;
  const loads = (p: PrimProgram) => [...wgsl(p).matchAll(/arg0\[.*?\];/g)].map(String);
  expect(loads(swapped('tokens', 64))).toEqual([
    'arg0[min(u32(i_3 + 8), u32((16 * tokens)) - 1u)];',
    'arg0[min(u32(i_3 - 8), u32((16 * tokens)) - 1u)];',
  ]);
  expect(loads(swapped(70, 40))).toEqual(['arg0[min(u32(i_2 + 5), 699)];', 'arg0[min(u32(i_2 - 5), 699)];']);
});

it.each(Object.entries(ELEMENTS))('none: %s', async (_, given) => {
  expect(isVector(given[0])).toBe(false);
  await agrees(given);
});
