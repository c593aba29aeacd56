/** Tiles of contractions: what decides on them, and the tiles of the strategy `shared`. */

import { describe, expect, it } from 'vitest';
import { type DeviceClass, gpu, portable } from '../../../compiler/devices/index.ts';
import { dimConst, dimVar } from '../../../compiler/dims/dims.ts';
import type { Expr, IntExpr } from '../../../compiler/primitives/expr.ts';
import { generateContraction } from '../../../kernels-gen/families/contraction/index.ts';
import { canonical } from '../../../kernels-gen/families/contraction/root.ts';
import type { Generated, Printed } from '../../../kernels-gen/families/family.ts';
import { longest } from '../../../kernels-gen/fuse/axes.ts';
import { type ContractionKernel, RESULT } from '../../../kernels-gen/fuse/kernel.ts';
import { isContiguous, strideOf } from '../../../kernels-gen/fuse/strides.ts';
import type { Strategy } from '../../../kernels-gen/index.ts';
import { MOST_COLUMNS } from '../../../kernels-gen/memory/overwrite.ts';
import { WAYS } from '../../../kernels-gen/schedule/ways.ts';
import {
  emitShared,
  sharedTile,
  stagedTile,
  TILE_SIZES,
} from '../../../kernels-gen/schedule/workgroup/shared.ts';
import { add, call, div, input, load, mod, mul, sub } from '../build.ts';
import { batches, matrices, options } from './contractions.ts';

const named: IntExpr = { k: 'iload', arg: 1, index: [{ k: 'axis', name: 'k' }] };

// Whether an expression reads x[6, 6] contiguously along k < 6; p[6] holds integers.
it.each<readonly [string, Expr, boolean]>([
  ['the last index', load(0, 'm', 'k'), true],
  ['the first index', load(0, 'k', 'm'), false],
  ['an index moved on', load(0, 'm', add('k', 1)), true],
  ['both indices', load(0, 'k', 'k'), false],
  ['every second element', load(0, 'm', mul('k', 2)), false],
  ['pairs of one element', load(0, 'm', div('k', 2)), false],
  ['two elements again and again', load(0, 'm', mod('k', 2)), false],
  ['as far apart as another axis says', load(0, 0, mul('m', 'k')), false],
  ['and one further', load(0, 0, add('k', mul('m', 'k'))), false],
  ['rows that are named', load(0, named, 'm'), false],
  ['elements that are named', load(0, 'm', named), false],
  ['another axis', load(0, 'k0', 'm'), true],
  ['elements of which one lies along it', call('mul', load(0, 'm', 'k'), load(0, 'k', 'm')), false],
  ['elements of which one does not move', call('mul', load(0, 'm', 'k'), load(0, 'm', 0)), true],
  ['integers, wherever they are', { k: 'fromInt', a: { k: 'iload', arg: 1, index: [mul('k', 2)] } }, true],
])('whether neighbours lie along an axis: %s', (_, e, expected) => {
  const axes = ['m', 'k', 'k0'].map((name) => ({ name, extent: dimConst(name === 'k' ? 6 : 3) }));
  expect(isContiguous(e, axes[1]!, [input('x', [6, 6]), input('p', [6], 'i32')], axes)).toBe(expected);
});

it.each<readonly [string, Expr, number]>([
  ['elements of a row', load(0, 'm', 'k'), 1],
  ['rows', load(0, 'k', 'm'), 6],
  ['the further of two', call('mul', load(0, 'm', 'k'), load(0, 'k', 'm')), 6],
  ['elements backwards', load(0, 'm', sub(5, 'k')), Infinity],
  ['elements that are named', load(0, 'm', named), Infinity],
  ['what does not move', load(0, 'm', 0), 0],
])('how far apart neighbours are: %s', (_, e, expected) => {
  const axes = ['m', 'k'].map((name) => ({ name, extent: dimConst(6) }));
  expect(strideOf(e, axes[1]!, [input('x', [6, 6]), input('p', [6], 'i32')], axes)).toBe(expected);
});

it('the longest axis is one that grows with tokens, and of equals the innermost', () => {
  const of = (...extents: (number | string)[]) =>
    longest(
      extents.map((e, i) => ({ name: `k${i}`, extent: typeof e === 'string' ? dimVar(e) : dimConst(e) })),
    )?.name;
  expect([of(3, 5), of(5, 3), of(5, 5), of('tokens', 999), of(1, 2)]).toEqual(['k1', 'k0', 'k1', 'k0', 'k1']);
  expect([of(), of(1), of(1, 1), of(0)]).toEqual([undefined, undefined, undefined, undefined]);
});

describe('a tile in workgroup memory', () => {
  it.each<readonly [number, number, number, number, number]>([
    // [batch, m, n, rows and columns of a workgroup's tile]
    [1, 1024, 1024, 64, 64],
    // 128 workgroups are enough, and 16 × 7 are too few.
    [1, 512, 512, 32, 64],
    [1, 512, 448, 16, 64],
    [1, 256, 512, 16, 64],
    [1, 256, 256, 16, 32],
    [1, 64, 64, 16, 16],
    [127, 64, 64, 32, 64],
    [128, 64, 64, 64, 64],
    // At most half of a tile may lie beyond the results.
    [128, 33, 33, 64, 64],
    [128, 32, 33, 32, 64],
    [128, 33, 32, 64, 32],
    [128, 16, 17, 16, 32],
    [128, 17, 16, 32, 16],
    // No side of a tile is smaller than 16.
    [128, 1, 64, 16, 64],
    [128, 64, 1, 64, 16],
  ])('of %d × %d × %d', (batch, m, n, rows, cols) => {
    const kernel = canonical(batches(batch, m, n, 8));
    const tile = sharedTile(kernel, options('shared'))!;
    expect(tile).toEqual({
      rows: 4,
      cols: 4,
      batchThreads: 1,
      rowThreads: rows / 4,
      colThreads: cols / 4,
    });
    expect(emitShared(kernel, tile).module.workgroupBytes).toBe(4 * 16 * (rows + cols));
  });
  it('is at most one that every device runs, with all columns of a product that overwrites its rows', () => {
    const { tile } = stagedTile(1, 1 << 16, 1 << 16, gpu);
    // WebGPU grants every device 256 invocations a workgroup.
    expect(tile.rowThreads * tile.colThreads).toBeLessThanOrEqual(256);
    expect(tile.cols * tile.colThreads).toBeGreaterThanOrEqual(MOST_COLUMNS);
    expect(TILE_SIZES.at(-1)).toBe(tile.rows * tile.rowThreads);
    // A loop over one invocation is no loop, and the steps name it.
    expect(TILE_SIZES[0]).toBeGreaterThanOrEqual(2 * tile.rows);
    expect(TILE_SIZES.every((size, n) => n === 0 || size === 2 * TILE_SIZES[n - 1]!)).toBe(true);
    // WebGPU grants every device 16 KiB of workgroup memory.
    const kernel = canonical(batches(1, 1 << 16, 1 << 16, 8));
    expect(emitShared(kernel, tile).module.workgroupBytes).toBeLessThanOrEqual(1 << 14);
  });
  it('does not exist for a sum of one term', () => {
    expect(sharedTile(batches(1, 64, 64, 1), options('shared'))).toBeUndefined();
  });
  it('exists from 16 rows and columns and 2²⁴ multiply-adds on, and for fewer where it is forced', () => {
    const made = (b: number, m: number, n: number, k: number, strategy?: Strategy) =>
      sharedTile(batches(b, m, n, k), options(strategy)) !== undefined;
    expect(made(1, 256, 256, 256)).toBe(true);
    expect(made(1, 256, 256, 255)).toBe(false);
    expect(made(256, 16, 16, 256)).toBe(true);
    expect(made(255, 16, 16, 256)).toBe(false);
    expect(made(512, 15, 64, 64)).toBe(false);
    expect(made(512, 64, 15, 64)).toBe(false);
    expect(made(512, 16, 64, 64)).toBe(true);
    expect(made(1, 15, 15, 5, 'direct')).toBe(false);
    expect(made(1, 15, 15, 5, 'shared')).toBe(true);
    expect(sharedTile(matrices('NN', 'tokens', 256, 256), options(undefined, 256))).toBeDefined();
    expect(sharedTile(matrices('NN', 'tokens', 256, 256), options(undefined, 255))).toBeUndefined();
  });
});

it('alternatives are those of the class, the last for all its devices', () => {
  const listed = (kernel: ContractionKernel, tokens: number, device: DeviceClass) => {
    const { printed } = generateContraction(kernel, options(undefined, tokens, device), WAYS.contraction);
    return [...printed.alternatives(), printed].map((a) => a.strategy);
  };
  const rows = matrices('NT', 'tokens', 256, 256);
  expect(listed(rows, 256, gpu)).toEqual(['matrix', 'shared']);
  expect(listed(rows, 128, gpu)).toEqual(['direct']);
  expect(listed(rows, 256, portable)).toEqual(['direct']);
  expect(listed(matrices('NN', 4, 4, 4), 1, gpu)).toEqual(['direct']);
});

it('code is printed once for equal contractions', () => {
  const printed = new Map<string, Printed>();
  const shared = { ...options(), printed };
  const [first, equal, other] = [5, 5, 6].map((n) =>
    generateContraction(matrices('NN', 3, n, 4), shared, WAYS.contraction),
  );
  const module = (g: Generated | undefined) => g!.printed.code.module;
  expect(module(equal)).toBe(module(first));
  expect(module(other)).not.toBe(module(first));
  const negated = { ...matrices('NN', 3, 5, 4), epilogue: call('neg', load(RESULT, 'm0', 'n0')) };
  expect(module(generateContraction(negated, shared, WAYS.contraction))).not.toBe(module(first));
  expect(printed.size).toBe(3);
});
