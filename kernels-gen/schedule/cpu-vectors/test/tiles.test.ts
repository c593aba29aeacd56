/**
 * Tiles of contractions in lanes: which tile is chosen, the cycles it is expected to take, and when there is none.
 */
import { describe, expect, it } from 'vitest';
import { cpuVectors } from '../../../../compiler/devices/index.ts';
import type { Expr } from '../../../../compiler/primitives/expr.ts';
import {
  type Axes,
  call,
  contraction,
  input,
  load,
  program,
  type Size,
} from '../../../../test/kernels-gen/build.ts';
import type { Layout } from '../../../../test/kernels-gen/layers.ts';
import { batches, kernelOf, matrices, options } from '../../../../test/kernels-gen/schedule/contractions.ts';
import { generateContraction } from '../../../families/contraction/index.ts';
import { exchanged } from '../../../families/contraction/root.ts';
import type { Tile } from '../../../families/contraction/tile.ts';
import type { ScheduleOptions } from '../../../families/family.ts';
import type { ContractionKernel } from '../../../fuse/kernel.ts';
import type { Strategy } from '../../../index.ts';
import { WAYS } from '../../ways.ts';
import { type Costed, faster } from '../cycles.ts';
import { dotSchedules } from '../dots.ts';
import { panelSchedules } from '../panels.ts';
import { stationarySchedules } from '../stationary.ts';
import { laneSchedules } from '../tiles.ts';

const laneSchedule = (kernel: ContractionKernel, o: ScheduleOptions) =>
  laneSchedules(kernel, o).reduce(faster);

/** Σₛₖ a[m, s, k] · u[n, s, k]. An operand's expression has 4 nodes, and 9 where `squared` names that operand. */
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

const tileOf = (s: { readonly tile: Tile } | undefined) => s && `${s.tile.rows}×${s.tile.cols}`;

/** Cycles of a shuffle of one value, on a software device. */
const SHUFFLE = 4;
/** A quarter of the cycles of loading a vector, which is the cost of one of its four elements. */
const VECTOR = 14;
/** Cycles from one step of a sum to the next, where each is a page further. */
const WAIT = 85;

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
    expect(made(matrices('NN', 16, 32, 31), 'direct')).toBe(false);
    expect(made(matrices('NN', 16, 32, 31), 'lanes')).toBe(true);
    expect(made(batches(4, 4, 32, 32))).toBe(true);
    expect(made(batches(3, 4, 32, 32))).toBe(false);
    expect(laneSchedule(matrices('NN', 'tokens', 32, 32), options(undefined, 16))).toBeDefined();
    expect(laneSchedule(matrices('NN', 'tokens', 32, 32), options(undefined, 15))).toBeUndefined();
  });
  it('there is no code for a single result, or for sums of one term', () => {
    expect(laneSchedule(matrices('NN', 1, 1, 64), options('lanes'))).toBeUndefined();
    expect(laneSchedule(matrices('NN', 64, 64, 1), options('lanes'))).toBeUndefined();
  });

  // The expression of a matrix element has 3 nodes. A step costs loads of the columns, loads of a lane's share of the
  // rows, shuffles and sums.
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
      'lines 2 KiB apart, of which one for each lane fits',
      matrices('NT', 1, 128, 512),
      16 * (512 * (VECTOR + 3 + 25 / 8 + SHUFFLE + 1.5) + 22),
    ],
    [
      'lines 2 KiB apart, which drive each other out',
      matrices('NT', 16, 1024, 512),
      16 * (512 * (8 * (2 * VECTOR + 3) + (16 * 25) / 8 + 16 * SHUFFLE + 16 * 8 * 1.5) + 16 * 8 * VECTOR),
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
    [
      'steps a page apart, for which one row waits',
      matrices('NN', 1, 1024, 8),
      16 * (8 * (8 * (VECTOR + 3) + 25 / 8 + WAIT) + 8 * VECTOR),
    ],
    [
      'steps a page apart, which the sums of many rows hide',
      matrices('NN', 16, 1024, 257),
      16 * (257 * (8 * (VECTOR + 3) + (16 * 25) / 8 + 16 * SHUFFLE + 16 * 8 * 1.5) + 16 * 8 * VECTOR),
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

it('the faster of two schedules is chosen, and of equal ones the first', () => {
  const [a, b, c] = [1, 1, 2].map((cycles) => ({ cycles }) as Parameters<typeof faster>[0]);
  expect(faster(a, b)).toBe(a);
  expect(faster(a, c)).toBe(a);
  expect(faster(c, a)).toBe(a);
  expect(faster(undefined, c)).toBe(c);
  expect(faster(c, undefined)).toBe(c);
  expect(faster(undefined, undefined)).toBeUndefined();
});

describe('in dot products', () => {
  const dots = (kernel: ContractionKernel) => dotSchedules(kernel, options('lanes'))[0];

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
  it('of tiles that take the same time, the one with fewer rows is chosen', () => {
    expect(tileOf(dots(matrices('NT', 4, 8, 64)))).toBe('1×2');
    expect(tileOf(dots(matrices('NT', 8, 16, 64)))).toBe('2×4');
    expect(tileOf(dots(matrices('NT', 16, 32, 64)))).toBe('4×8');
  });
  /** x·W for some columns of a W whose rows are a page long, times further tensors of as many rows and columns. */
  const apart = (cols: number, ...by: readonly (readonly [Size, Size])[]) =>
    kernelOf(
      program({
        y: contraction(
          'y',
          [input('x', [2, 64]), input('W', [64, 1024]), ...by.map((size) => input('V', size))],
          [
            ['m', 2],
            ['n', cols],
          ],
          [['k', 64]],
          load(0, 'm', 'k'),
          by
            .map(([rows], i) => (rows === 64 ? load(i + 2, 'k', 'n') : load(i + 2, 'n', 'k')))
            .reduce((a, b) => call('mul', a, b), load(1, 'k', 'n')),
        ),
      }),
    );
  it('whose rows are far apart, four columns cost less than two, because they are loaded as a vector', () => {
    expect(tileOf(dots(apart(20)))).toBe('1×4');
    expect(tileOf(dots(apart(32)))).toBe('1×4');
  });
  it('whose rows are far apart, all factors of an operand are loaded as vectors', () => {
    expect(dots(apart(32, [64, 32]))).toBeDefined();
    expect(dots(apart(32, [32, 64]))).toBeUndefined();
  });
  it('there is code from 2¹⁴ multiply-adds on, and for fewer where it is forced', () => {
    expect(dotSchedules(matrices('NT', 1, 128, 128), options())[0]).toBeDefined();
    expect(dotSchedules(matrices('NT', 1, 128, 127), options())[0]).toBeUndefined();
    expect(dots(matrices('NT', 1, 128, 127))).toBeDefined();
    const made = (b: number, m: number, n: number, k: number) =>
      dotSchedules(batches(b, m, n, k, 'NT'), options())[0] !== undefined;
    expect(made(4, 4, 8, 128)).toBe(true);
    expect([made(3, 4, 8, 128), made(4, 3, 8, 128), made(4, 4, 7, 128), made(4, 4, 8, 127)]).not.toContain(
      true,
    );
  });
  it('there is no code for sums of one term, or for an operand that does not lie along the sum', () => {
    expect(dots(matrices('NT', 1, 128, 1))).toBeUndefined();
    expect(dots(matrices('NN', 1, 128, 64))).toBeUndefined();
    expect(dots(exchanged(matrices('NN', 1, 128, 64)))).toBeUndefined();
    expect(dots(matrices('TN', 2, 128, 64))).toBeUndefined();
  });

  // A step of 8 costs loads of rows and columns, and sums. At the end come three shuffles and a store.
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

describe('in dot products across columns', () => {
  const dots = (layout: Layout, m: number, n: number, k: number) =>
    dotSchedules(matrices(layout, m, n, k), options('lanes')).map(tileOf);

  it('a page apart or more, of which a lane has vectors', () => {
    expect(dots('NN', 1, 1024, 64)).toEqual(['1×32', undefined]);
    expect(dots('NN', 2, 1024, 64)).toEqual(['2×32', undefined]);
    expect(dots('NN', 1, 1020, 64)).toEqual([undefined, undefined]);
    expect(dots('NN', 1, 1026, 64)).toEqual([undefined, undefined]);
  });
  it('of either operand', () => {
    expect(dots('TN', 1024, 2, 64)).toEqual([undefined, '2×32']);
    expect(dots('TN', 1024, 1024, 64)).toEqual(['8×8', '8×8']);
  });
  it('with up to 64 results', () => {
    expect(dots('NN', 4, 1024, 1024)).toEqual(['4×16', undefined]);
    expect(dots('NN', 8, 2048, 1024)).toEqual(['8×8', undefined]);
  });

  it('cost the loads of eight steps at once, and no wait', () => {
    const step = 2 * 25 + 32 * (VECTOR + 3) + 64 * 1.5;
    const [made] = dotSchedules(matrices('NN', 2, 1024, 64), options('lanes'));
    expect(made!.cycles).toBe(32 * (8 * step + 64 * (3 * SHUFFLE + 22)));
  });
  it('are the fastest for few rows of a long sum alone', () => {
    const isFastest = (m: number, k: number) => {
      const kernel = matrices('NN', m, 1024, k);
      const of = options('lanes');
      const [dot] = dotSchedules(kernel, of);
      const others = [
        ...laneSchedules(kernel, of),
        ...stationarySchedules(kernel, of),
        ...panelSchedules(kernel, of),
      ];
      return others.reduce<Costed | undefined>(faster, dot) === dot;
    };
    expect([isFastest(1, 1024), isFastest(2, 1024), isFastest(16, 1024), isFastest(64, 16)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('alternatives', () => {
  const of = (kernel: ContractionKernel, tokens: number, one: boolean) => {
    const { printed } = generateContraction(
      kernel,
      { ...options(undefined, tokens, cpuVectors), one },
      WAYS.contraction,
    );
    return [...printed.alternatives(), printed];
  };
  const listed = (...args: Parameters<typeof of>) =>
    of(...args).map((a) => [a.strategy, ...('maxTokens' in a ? [a.maxTokens] : [])].join());
  const rows = matrices('NT', 'tokens', 256, 256);
  it('are of the strategies of the class, and the last one serves all its devices', () => {
    expect(listed(rows, 256, false)).toEqual(['lanes']);
    expect(listed(matrices('NN', 4, 4, 4), 1, false)).toEqual(['direct']);
  });
  it('begin with the best for one token, where rows or columns grow with tokens', () => {
    expect(listed(rows, 128, true)).toEqual(['lanes,1', 'lanes']);
    expect(listed(matrices('NN', 256, 'tokens', 256), 128, true)).toEqual(['lanes,1', 'lanes']);
    expect(listed(matrices('NN', 256, 256, 'tokens'), 128, true)).toEqual(['lanes']);
    expect(listed(matrices('NN', 128, 256, 256), 128, true)).toEqual(['lanes']);
    const [one, all] = of(rows, 128, true).map(({ code }) => code.module);
    expect(one).toEqual(of(rows, 1, false)[0]!.code.module);
    expect(all).toEqual(of(rows, 128, false)[0]!.code.module);
  });
});
