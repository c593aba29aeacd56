/** The tiles that contractions get in lanes and in workgroup memory, what they are expected to take, and where they get none. */

import { describe, expect, it } from 'vitest';
import { cpuVectors, type DeviceClass, gpu, portable } from '../../compiler/devices/index.ts';
import { dimConst, dimVar } from '../../compiler/ir/dims.ts';
import type { Expr, IntExpr } from '../../compiler/primitives/expr.ts';
import type { PrimProgram } from '../../compiler/primitives/prim.ts';
import { emitContraction } from '../../kernels-gen/families/contraction/emit.ts';
import type { Schedule } from '../../kernels-gen/families/contraction/frame.ts';
import { generateContraction } from '../../kernels-gen/families/contraction/index.ts';
import {
  type ContractionKernel,
  canonical,
  exchanged,
  isContiguous,
  longest,
  strideOf,
} from '../../kernels-gen/families/contraction/root.ts';
import type { Generated, ScheduleOptions } from '../../kernels-gen/families/family.ts';
import { RESULT } from '../../kernels-gen/fuse/kernel.ts';
import type { Strategy } from '../../kernels-gen/index.ts';
import { faster } from '../../kernels-gen/schedule/cpu-vectors/cycles.ts';
import { dotSchedule } from '../../kernels-gen/schedule/cpu-vectors/dots.ts';
import { laneSchedules } from '../../kernels-gen/schedule/cpu-vectors/tiles.ts';
import { sharedSchedule } from '../../kernels-gen/schedule/workgroup/shared.ts';
import {
  type Axes,
  add,
  call,
  contraction,
  div,
  input,
  load,
  mod,
  mul,
  program,
  type Size,
  sub,
} from './build.ts';
import { type Layout, matmul } from './layers.ts';

function kernelOf(p: PrimProgram): ContractionKernel {
  const y = p.outputs[0]!.prim;
  if (y.kind !== 'contraction') throw new TypeError(`${y.kind} is no contraction`);
  return canonical({ tensor: y, root: y, epilogue: null, spans: [] });
}

const options = (strategy?: Strategy, tokens = 1, device: DeviceClass = gpu): ScheduleOptions => ({
  device,
  tokens,
  one: false,
  strategy,
  printed: new Map(),
});

const laneSchedule = (kernel: ContractionKernel, o: ScheduleOptions) =>
  laneSchedules(kernel, o).reduce(faster);

const matrices = (layout: Layout, m: Size, n: Size, k: Size) => kernelOf(matmul(layout, m, n, k));

/** A product for each b, results in the order of `order`. */
const batches = (b: Size, m: Size, n: Size, k: Size, layout: Layout = 'NN', order: 'bmn' | 'mnb' = 'bmn') => {
  const extents = { b, m, n, k };
  const sizes = (names: readonly (keyof typeof extents)[]) => names.map((name) => extents[name]);
  const at = layout === 'TN' ? (['b', 'k', 'm'] as const) : (['b', 'm', 'k'] as const);
  const from = layout === 'NT' ? (['b', 'n', 'k'] as const) : (['b', 'k', 'n'] as const);
  const axes = [...order].map((name) => [name, extents[name as keyof typeof extents]] as const);
  const args = [input('a', sizes(at)), input('u', sizes(from))];
  return kernelOf(program({ y: contraction('y', args, axes, [['k', k]], load(0, ...at), load(1, ...from)) }));
};

/** a[m, s, k] · u[n, s, k], 4 nodes each, or 9 of the one that is squared. */
const twoSums = (m: number, n: number, s: number, k: number, squared?: 'a' | 'b') => {
  const axes: Axes = [
    ['m', m],
    ['n', n],
  ];
  const over: Axes = [
    ['s', s],
    ['k', k],
  ];
  const square = (e: Expr, which: 'a' | 'b') => (squared === which ? call('mul', e, e) : e);
  const args = [input('a', [m, s, k]), input('u', [n, s, k])];
  const [a, b] = [square(load(0, 'm', 's', 'k'), 'a'), square(load(1, 'n', 's', 'k'), 'b')];
  return kernelOf(program({ y: contraction('y', args, axes, over, a, b) }));
};

const tileOf = (s: Schedule | undefined) => s && `${s.tile.rows}×${s.tile.cols}`;

/** Cycles of handing on one value, on a software device. */
const SHUFFLE = 4;
/** And of a quarter of what loads a vector. */
const VECTOR = 14;

const named: IntExpr = { k: 'iload', arg: 1, index: [{ k: 'axis', name: 'k' }] };

// Of x[6, 6] and the integers p[6], along k < 6.
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

it('the longest axis is the innermost of equals, and one that grows with tokens', () => {
  const of = (...extents: (number | string)[]) =>
    longest(
      extents.map((e, i) => ({ name: `k${i}`, extent: typeof e === 'string' ? dimVar(e) : dimConst(e) })),
    )?.name;
  expect([of(3, 5), of(5, 3), of(5, 5), of('tokens', 999), of(1, 2)]).toEqual(['k1', 'k0', 'k1', 'k0', 'k1']);
  expect([of(), of(1), of(1, 1), of(0)]).toEqual([undefined, undefined, undefined, undefined]);
});

describe('in lanes', () => {
  const tile = (m: Size, n: Size, k: Size, layout: Layout = 'NN') =>
    tileOf(laneSchedule(matrices(layout, m, n, k), options('lanes')));
  const cycles = (kernel: ContractionKernel) => laneSchedule(kernel, options('lanes'))!.cycles;

  it('16 subgroups of 8 lanes cover few rows, each with all of them', () => {
    for (const rows of [1, 2, 3, 4, 6, 8])
      for (const cols of [1, 4, 8])
        if (rows < 8 * cols) expect(tile(rows, 16 * 8 * cols, 60)).toBe(`${rows}×${cols}`);
  });
  it('or fewer, which load vectors', () => {
    expect(tile(1, 16 * 8 * 3, 64)).toBe('1×4');
    expect(tile(12, 16 * 8 * 2, 1024)).toBe('6×4');
    expect(tile(24, 16 * 8 * 4, 1024)).toBe('12×8');
  });
  it.each([
    [12, 3],
    [12, 4],
    [12, 6],
    [12, 8],
    [16, 3],
    [16, 4],
    [16, 6],
    [16, 8],
  ])('or as many as pay: %d rows × %d', (rows, cols) => {
    expect(tile(rows, 16 * 8 * cols, 1024)).toBe(`${rows}×${cols}`);
  });
  it.each([2, 4])('8 rows a column are too many: every one is handed on (%d columns)', (cols) => {
    expect(tile(8 * cols, 16 * 8 * cols, 1024)).toBe(`${4 * cols}×${2 * cols}`);
  });
  it('a lane has up to 64 results, and up to 128 from 2²² multiply-adds on', () => {
    expect(tile(16, 1024, 255)).toBe('16×4');
    expect(tile(16, 1024, 256)).toBe('16×8');
    expect(tile(32, 512, 255)).toBe('16×4');
    expect(tile(32, 512, 256)).toBe('16×8');
  });
  it('there is code from 2¹⁴ multiply-adds on, and for fewer where it is forced', () => {
    const made = (kernel: ContractionKernel, strategy?: Strategy) =>
      laneSchedule(kernel, options(strategy)) !== undefined;
    expect(made(matrices('NN', 16, 32, 32))).toBe(true);
    expect(made(matrices('NN', 16, 32, 31))).toBe(false);
    expect(made(matrices('NN', 16, 32, 31), 'shared')).toBe(false);
    expect(made(matrices('NN', 16, 32, 31), 'lanes')).toBe(true);
    expect(made(batches(4, 4, 32, 32))).toBe(true);
    expect(made(batches(3, 4, 32, 32))).toBe(false);
    expect(laneSchedule(matrices('NN', 'tokens', 32, 32), options(undefined, 16))).toBeDefined();
    expect(laneSchedule(matrices('NN', 'tokens', 32, 32), options(undefined, 15))).toBeUndefined();
  });
  it('there is none of one result, and none of a sum of one', () => {
    expect(laneSchedule(matrices('NN', 1, 1, 64), options('lanes'))).toBeUndefined();
    expect(laneSchedule(matrices('NN', 64, 64, 1), options('lanes'))).toBeUndefined();
  });

  // An element of a matrix has 3 nodes. Each step: loads of columns, of a lane's share of the rows, handing on, sums.
  it.each<readonly [string, ContractionKernel, number]>([
    ['2 rows', matrices('NN', 2, 128, 8), 16 * (8 * (25 + (2 * 25) / 8 + 2 * SHUFFLE + 2 * 1.5) + 2 * 22)],
    [
      'few steps, of which lanes share the loads',
      matrices('NN', 1, 128, 2),
      16 * (2 * (25 + 25 / 2 + SHUFFLE + 1.5) + 22),
    ],
    ['one subgroup, while 15 idle', matrices('NN', 1, 8, 8), 16 * (8 * (25 + 25 / 8 + SHUFFLE + 1.5) + 22)],
    ['32 batches', batches(32, 1, 8, 8), 32 * (8 * (26 + 26 / 8 + SHUFFLE + 1.5) + 22)],
    [
      'columns that are lines',
      matrices('NT', 1, 128, 511),
      16 * (511 * (22 + 3 + 25 / 8 + SHUFFLE + 1.5) + 22),
    ],
    [
      'lines 2 KiB apart, which drive each other out',
      matrices('NT', 1, 128, 512),
      16 * (512 * (2 * VECTOR + 3 + 25 / 8 + SHUFFLE + 1.5) + 22),
    ],
    [
      'four columns beside each other',
      matrices('NN', 1, 512, 8),
      16 * (8 * (4 * (VECTOR + 3) + 25 / 8 + SHUFFLE + 4 * 1.5) + 4 * VECTOR),
    ],
    [
      'four rows beside each other',
      matrices('TN', 4, 128, 8),
      16 * (8 * (25 + (4 * (VECTOR + 3)) / 8 + 4 * SHUFFLE + 4 * 1.5) + 4 * 22),
    ],
    [
      'four steps beside each other',
      matrices('NN', 1, 128, 32),
      16 * (32 * (25 + (VECTOR + 3) / 8 + SHUFFLE + 1.5) + 22),
    ],
    [
      'along rows, stored to as many lines',
      matrices('NN', 128, 2, 8),
      16 * (8 * (22 + 3 + (2 * 25) / 8 + 2 * SHUFFLE + 2 * 1.5) + 2 * 100),
    ],
    ['a squared row', twoSums(1, 128, 1, 8, 'a'), 16 * (8 * (22 + 4 + (22 + 9) / 8 + SHUFFLE + 1.5) + 22)],
    ['a squared column', twoSums(1, 128, 1, 8, 'b'), 16 * (8 * (22 + 9 + (22 + 4) / 8 + SHUFFLE + 1.5) + 22)],
  ])('%s', (_, kernel, expected) => {
    expect(cycles(kernel)).toBe(expected);
  });

  it('lie along rows where that is faster, along columns where it is the same', () => {
    const along = (kernel: ContractionKernel) =>
      laneSchedule(kernel, options('lanes'))!.kernel.root.a === kernel.root.a ? 'columns' : 'rows';
    expect(along(matrices('NN', 2, 128, 8))).toBe('columns');
    expect(along(matrices('NN', 128, 1, 8))).toBe('rows');
    expect(along(batches(8, 4, 4, 4, 'TN', 'mnb'))).toBe('columns');
  });
});

it('of two schedules the faster is taken, of equals the first', () => {
  const [a, b, c] = [1, 1, 2].map((cycles) => ({ cycles }) as Parameters<typeof faster>[0]);
  expect(faster(a, b)).toBe(a);
  expect(faster(a, c)).toBe(a);
  expect(faster(c, a)).toBe(a);
  expect(faster(undefined, c)).toBe(c);
  expect(faster(c, undefined)).toBe(c);
  expect(faster(undefined, undefined)).toBeUndefined();
});

describe('in dot products', () => {
  const dots = (kernel: ContractionKernel) => dotSchedule(kernel, options('lanes'));

  it('16 subgroups cover few rows, each with all of them', () => {
    for (const [rows, cols] of [
      [1, 1],
      [1, 2],
      [1, 4],
      [1, 8],
      [2, 2],
      [2, 4],
      [2, 8],
      [4, 4],
      [4, 8],
    ] as const)
      expect(tileOf(dots(matrices('NT', rows, 16 * cols, 64)))).toBe(`${rows}×${cols}`);
  });
  it('a subgroup has up to 32 results', () => {
    expect(tileOf(dots(matrices('NT', 8, 128, 1024)))).toBe('4×8');
    expect(tileOf(dots(matrices('NT', 128, 8, 1024)))).toBe('4×8');
  });
  it('of tiles that take the same the one of fewer rows is taken', () => {
    expect(tileOf(dots(matrices('NT', 4, 8, 64)))).toBe('1×2');
    expect(tileOf(dots(matrices('NT', 8, 16, 64)))).toBe('2×4');
    expect(tileOf(dots(matrices('NT', 16, 32, 64)))).toBe('4×8');
  });
  it('there is code from 2¹⁴ multiply-adds on, and for fewer where it is forced', () => {
    expect(dotSchedule(matrices('NT', 1, 128, 128), options())).toBeDefined();
    expect(dotSchedule(matrices('NT', 1, 128, 127), options())).toBeUndefined();
    expect(dots(matrices('NT', 1, 128, 127))).toBeDefined();
    const made = (b: number, m: number, n: number, k: number) =>
      dotSchedule(batches(b, m, n, k, 'NT'), options()) !== undefined;
    expect(made(4, 4, 8, 128)).toBe(true);
    expect([made(3, 4, 8, 128), made(4, 3, 8, 128), made(4, 4, 7, 128), made(4, 4, 8, 127)]).not.toContain(
      true,
    );
  });
  it('there is none of a sum of one, nor where an operand does not lie along the sum', () => {
    expect(dots(matrices('NT', 1, 128, 1))).toBeUndefined();
    expect(dots(matrices('NN', 1, 128, 64))).toBeUndefined();
    expect(dots(exchanged(matrices('NN', 1, 128, 64)))).toBeUndefined();
    expect(dots(matrices('TN', 2, 128, 64))).toBeUndefined();
  });

  // A step of 8: loads of rows and columns, sums; at last three times handing on, and a store.
  it.each<readonly [string, ContractionKernel, number]>([
    ['one of each', matrices('NT', 1, 16, 64), 16 * (8 * (25 + 25 + 1.5) + (3 * SHUFFLE + 22))],
    ['an edge of the sum', matrices('NT', 1, 16, 65), 16 * (9 * (25 + 25 + 1.5) + (3 * SHUFFLE + 22))],
    ['32 batches', batches(32, 1, 1, 64, 'NT'), 32 * (8 * (26 + 26 + 1.5) + (3 * SHUFFLE + 22))],
    ['two rows', matrices('NT', 2, 32, 64), 16 * (8 * (2 * 25 + 2 * 25 + 4 * 1.5) + 4 * (3 * SHUFFLE + 22))],
    [
      'one tile, while 15 subgroups idle',
      matrices('NT', 1, 1, 64),
      16 * (8 * (25 + 25 + 1.5) + (3 * SHUFFLE + 22)),
    ],
    ['two sums', twoSums(1, 16, 3, 20), 16 * (3 * 3 * (26 + 26 + 1.5) + (3 * SHUFFLE + 22))],
    [
      'a squared row',
      twoSums(1, 32, 3, 20, 'a'),
      16 * (3 * 3 * (22 + 9 + 2 * 26 + 3) + 2 * (3 * SHUFFLE + 22)),
    ],
    [
      'a squared column',
      twoSums(1, 32, 3, 20, 'b'),
      16 * (3 * 3 * (26 + 2 * (22 + 9) + 3) + 2 * (3 * SHUFFLE + 22)),
    ],
  ])('%s', (_, kernel, expected) => {
    expect(dots(kernel)!.cycles).toBe(expected);
  });
});

describe('in workgroup memory', () => {
  it.each<readonly [number, number, number, number, number]>([
    // batch, m, n → rows and columns of a workgroup
    [1, 1024, 1024, 64, 64],
    // 128 workgroups are enough, and 16 × 7 are not.
    [1, 512, 512, 32, 64],
    [1, 512, 448, 16, 64],
    [1, 256, 512, 16, 64],
    [1, 256, 256, 16, 32],
    [1, 64, 64, 16, 16],
    [127, 64, 64, 32, 64],
    [128, 64, 64, 64, 64],
    // At most half of a tile is edge.
    [128, 33, 33, 64, 64],
    [128, 32, 33, 32, 64],
    [128, 33, 32, 64, 32],
    [128, 16, 17, 16, 32],
    [128, 17, 16, 32, 16],
    // None is smaller than 16.
    [128, 1, 64, 16, 64],
    [128, 64, 1, 64, 16],
  ])('of %d × %d × %d', (batch, m, n, rows, cols) => {
    const schedule = sharedSchedule(batches(batch, m, n, 8), options('shared'))!;
    expect(schedule.tile).toEqual({
      rows: 4,
      cols: 4,
      batchThreads: 1,
      rowThreads: rows / 4,
      colThreads: cols / 4,
    });
    expect(emitContraction(schedule).module.workgroupBytes).toBe(4 * 16 * (rows + cols));
  });
  it('there is none of a sum of one', () => {
    expect(sharedSchedule(batches(1, 64, 64, 1), options('shared'))).toBeUndefined();
  });
  it('there is code from 16 rows and columns and 2²⁴ multiply-adds on, and for fewer where it is forced', () => {
    const made = (b: number, m: number, n: number, k: number, strategy?: Strategy) =>
      sharedSchedule(batches(b, m, n, k), options(strategy)) !== undefined;
    expect(made(1, 256, 256, 256)).toBe(true);
    expect(made(1, 256, 256, 255)).toBe(false);
    expect(made(256, 16, 16, 256)).toBe(true);
    expect(made(255, 16, 16, 256)).toBe(false);
    expect(made(512, 15, 64, 64)).toBe(false);
    expect(made(512, 64, 15, 64)).toBe(false);
    expect(made(512, 16, 64, 64)).toBe(true);
    expect(made(1, 15, 15, 5, 'lanes')).toBe(false);
    expect(made(1, 15, 15, 5, 'shared')).toBe(true);
    expect(sharedSchedule(matrices('NN', 'tokens', 256, 256), options(undefined, 256))).toBeDefined();
    expect(sharedSchedule(matrices('NN', 'tokens', 256, 256), options(undefined, 255))).toBeUndefined();
  });
});

describe('alternatives', () => {
  const of = (kernel: ContractionKernel, tokens: number, one: boolean, device: DeviceClass = cpuVectors) => {
    const { printed } = generateContraction(kernel, { ...options(undefined, tokens, device), one });
    return [...printed.alternatives(), printed];
  };
  const listed = (...args: Parameters<typeof of>) =>
    of(...args).map((a) => [a.strategy, ...('maxTokens' in a ? [a.maxTokens] : [])].join());
  const rows = matrices('NT', 'tokens', 256, 256);
  it('are those of the class, the last for all its devices', () => {
    expect(listed(rows, 256, false)).toEqual(['lanes']);
    expect(listed(rows, 256, false, gpu)).toEqual(['matrix', 'shared']);
    expect(listed(rows, 128, false, gpu)).toEqual(['direct']);
    expect(listed(rows, 256, false, portable)).toEqual(['direct']);
    expect(listed(matrices('NN', 4, 4, 4), 1, false)).toEqual(['direct']);
  });
  it('begin with what is best of one token, where rows or columns grow with tokens', () => {
    expect(listed(rows, 128, true)).toEqual(['lanes,1', 'lanes']);
    expect(listed(matrices('NN', 256, 'tokens', 256), 128, true)).toEqual(['lanes,1', 'lanes']);
    expect(listed(matrices('NN', 256, 256, 'tokens'), 128, true)).toEqual(['lanes']);
    expect(listed(matrices('NN', 128, 256, 256), 128, true)).toEqual(['lanes']);
    expect(of(rows, 128, true)[0]!.code).toEqual(of(rows, 1, false)[0]!.code);
    expect(of(rows, 128, true)[1]!.code).toEqual(of(rows, 128, false)[0]!.code);
  });
});

it('code is printed once for equal contractions', () => {
  const shared = options();
  const [first, equal, other] = [5, 5, 6].map((n) => generateContraction(matrices('NN', 3, n, 4), shared));
  const module = (g: Generated | undefined) => g!.printed.code.module;
  expect(module(equal)).toBe(module(first));
  expect(module(other)).not.toBe(module(first));
  const negated = { ...matrices('NN', 3, 5, 4), epilogue: call('neg', load(RESULT, 'm0', 'n0')) };
  expect(module(generateContraction(negated, shared))).not.toBe(module(first));
  expect(shared.printed.size).toBe(3);
});

// 17 results of a thread are more than are stored one by one.
describe('stores in loops', () => {
  const guards = (m: number, n: Size) => {
    const tile = { rows: 17, cols: 1, batchThreads: 1, rowThreads: 1, colThreads: 8 };
    const { module } = emitContraction({ kernel: batches('tokens', m, n, 2), tile, sum: () => {} });
    return module.wgsl.split('\n').flatMap((line) => /if \((?!group)(.*)\) \{/.exec(line)?.[1] ?? []);
  };
  it('are guarded only where a tile ends beyond the results', () => {
    expect(guards(17, 8)).toEqual(['batch_at0 < tokens']);
    expect(guards(18, 8)).toEqual(['batch_at0 < tokens && row_at < 18']);
    expect(guards(17, 9)).toEqual(['batch_at0 < tokens', 'col_at < 9']);
  });
});
