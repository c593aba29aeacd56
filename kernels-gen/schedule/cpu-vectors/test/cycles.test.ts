/** The cycles in which lanes load quantised operands, and the elements that share a word. */
import { expect, it } from 'vitest';
import { dimConst } from '../../../../compiler/dims/dims.ts';
import type { Expr } from '../../../../compiler/primitives/expr.ts';
import type { InputPrim, Prim } from '../../../../compiler/primitives/prim.ts';
import type { Storage } from '../../../../compiler/primitives/storage.ts';
import { call, contraction, input, load, mul } from '../../../../test/kernels-gen/build.ts';
import { CYCLES, isFar, isScattered, loadCycles, sharingWord } from '../cycles.ts';

const [m, n, k] = ['m', 'n', 'k'].map((name) => ({ name, extent: dimConst(64) })) as [Axis, Axis, Axis];
type Axis = Parameters<typeof sharingWord>[1];
const axes = [m, n, k];
const stored = (storage: Storage): Prim => ({ ...(input('w', [64, 128]) as InputPrim), storage });
const INT8 = stored({ format: 'int8' });
const [nk, kn] = [load(0, 'n', 'k'), load(0, 'k', 'n')];

/** The cycles of loads by lanes that go along n, where the sum goes along k. */
const cycles = (e: Parameters<typeof loadCycles>[0], w: Prim, scattered = false) =>
  loadCycles(e, [w, INT8], n, k, axes, scattered);
const DECODE = cycles(kn, INT8) - 4;

it.each<readonly [string, Storage, loads: number, perWord: number]>([
  ['int8', { format: 'int8' }, 1, 4],
  ['int4', { format: 'int4', group: 32 }, 3, 8],
  ['nf4', { format: 'nf4', block: 64 }, 2, 8],
  ['nf4 with nested scales', { format: 'nf4', block: 64, nested: 256 }, 4, 8],
])('a lane loads the words of %s', (_, storage, loads, perWord) => {
  const w = stored(storage);
  expect(DECODE).toBeGreaterThan(0);
  // One word for all lanes, one for several steps of each lane, and one for each element.
  expect(cycles(kn, w) - DECODE).toBe(4 * loads);
  expect(cycles(nk, w) - DECODE).toBe((loads * CYCLES.load) / perWord);
  expect(cycles(load(0, 'n', mul(2, 'k')), w) - DECODE).toBe(loads * CYCLES.load);
  expect(cycles(nk, w, true) - DECODE).toBe((loads * 2 * CYCLES.load) / perWord);
  expect(sharingWord(nk, k, [w], axes)).toBe(perWord);
  expect(sharingWord(nk, n, [w], axes)).toBe(1);
});

it('a number has no word to share, and the narrowest format of an operand counts', () => {
  expect([cycles(nk, input('w', [64, 64])), cycles(nk, input('w', [64, 64]), true)]).toEqual([
    CYCLES.load,
    2 * CYCLES.load,
  ]);
  expect(sharingWord(nk, k, [input('w', [64, 64])], axes)).toBe(1);
  const both = call('mul', nk, load(1, 'n', 'k'));
  expect(sharingWord(both, k, [stored({ format: 'nf4', block: 64 }), INT8], axes)).toBe(4);
});

it.each([
  [511, false],
  [512, true],
])('lanes whose elements are %i apart evict each other’s lines: %s', (apart, expected) => {
  const w = input('w', [64, apart]);
  const root = contraction(
    'y',
    [input('x', [64, 64]), w],
    [
      ['m', 64],
      ['n', 64],
    ],
    [['k', apart]],
    load(0, 'm', 'k'),
    load(1, 'n', 'k'),
  );
  expect(isScattered(root, n)).toBe(expected);
});

/** Σₖ x[m, k] times the elements k, n of some tensors, whose rows follow each other in memory. */
const over = (...right: readonly Prim[]) =>
  contraction(
    'y',
    [input('x', [8, 8]), ...right],
    [
      ['m', 8],
      ['n', 8],
    ],
    [['k', 8]],
    load(0, 'm', 'k'),
    right.map((_, i): Expr => load(i + 1, 'k', 'n')).reduce((a, b) => call('mul', a, b)),
  );
const rows = (length: number, dtype: 'f32' | 'f16' = 'f32') => input('w', [8, length], dtype);
it.each([
  ['a page of f32', over(rows(1024)), true],
  ['less than a page of f32', over(rows(1023)), false],
  ['a page of f16', over(rows(2048, 'f16')), true],
  ['half a page of f16', over(rows(1024, 'f16')), false],
  ['half a page of f16 beside a page of f32', over(rows(1024, 'f16'), rows(1024)), false],
  ['a quantised page', over({ ...(rows(4096) as InputPrim), storage: { format: 'int8' } }), false],
] as const)('whether steps over rows of %s are far apart', (_, root, expected) => {
  expect(isFar(root)).toBe(expected);
});
