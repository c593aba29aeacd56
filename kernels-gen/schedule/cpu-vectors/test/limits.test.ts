/** The products that schedules in lanes take and refuse, and the tiles at the limits of their sizes. */
import { describe, expect, it } from 'vitest';
import { cpuVectors } from '../../../../compiler/devices/index.ts';
import { constant, contraction, input, load, program } from '../../../../test/kernels-gen/build.ts';
import type { Layout } from '../../../../test/kernels-gen/layers.ts';
import {
  batches,
  kernelOf,
  LONG,
  matrices,
  options,
  product,
  SPECIAL,
} from '../../../../test/kernels-gen/schedule/contractions.ts';
import { exchanged } from '../../../families/contraction/root.ts';
import { isOf, sized } from '../../choice.ts';
import { directChoice } from '../../portable.ts';
import { choices, choicesOf } from '../choices.ts';
import { contractionWays } from '../contraction.ts';
import { ACROSS, dotSchedules, dotsOf } from '../dots.ts';
import { panelSchedules, panelsOf } from '../panels.ts';
import { readingCycles, stationaryOf, stationarySchedules } from '../stationary.ts';
import { soleLaneSchedule } from '../tiles.ts';
import { vectorsAlongSums, vectorsInLanes } from '../vectors.ts';
import { added, overRows, sumOver } from './products.ts';

const forced = options('lanes', 1, cpuVectors);
const free = options(undefined, 1, cpuVectors);
const WAYS = Object.keys(choices) as (keyof typeof choices)[];
/** The code of a choice with 16 rows for each lane where it has rows in turn or panels, and one column. */
const codeOf = (way: keyof typeof choices, kernel: ReturnType<typeof matrices>) =>
  choices[way].emit(sized(way, /stationary|panels/.test(way) ? 16 : 1), kernel, forced);

describe('no schedule in lanes', () => {
  it.each([
    ['one step', sumOver([1])],
    ['no axis', sumOver([])],
  ])('sums over %s', (_, kernel) => {
    expect(choicesOf(kernel, 64, cpuVectors)).toBeUndefined();
    expect(choicesOf(sumOver([2]), 64, cpuVectors)).toBeDefined();
    expect(WAYS.map((way) => codeOf(way, kernel))).toEqual(WAYS.map(() => undefined));
  });

  it('has columns where no operand does', () => {
    const columns = WAYS.filter((way) => codeOf(way, SPECIAL.A·b!) !== undefined);
    expect(columns).toEqual([
      'exchanged lanes',
      'exchanged stationary',
      'exchanged panels',
      'dots',
      'exchanged dots',
    ]);
    const [written, other] = panelSchedules(LONG.A·b!, forced);
    expect([written, other === undefined]).toEqual([undefined, false]);
    expect(vectorsInLanes(SPECIAL.A·b!, { rows: 1, cols: 1 }, false)?.sums).toEqual({ a: true, b: false });
  });

  it('is one of dot products where these overwrite rows that others read', () => {
    const kernel = overRows(matrices('NT', 64, 48, 48));
    expect(dotSchedules(kernel, forced)).toEqual([undefined, undefined]);
    expect(codeOf('dots', kernel)).toBeUndefined();
    expect(dotSchedules(matrices('NT', 64, 48, 48), forced)[0]).toBeDefined();
  });
});

describe('dot products', () => {
  it('are at most 32 along the sum, and 64 across columns', () => {
    const most = (layout: Layout, rows: number) =>
      ACROSS.filter((cols) => dotsOf(matrices(layout, 64, 1024, 64), rows, cols)).at(-1);
    expect([most('NT', 1), most('NT', 2), most('NT', 8), most('NN', 2)]).toEqual([32, 16, 4, 32]);
  });
  it('need a sum of each product', () => {
    const kernel = matrices('NT', 8, 64, 64);
    expect(dotsOf(added(kernel, 2), 1, 1)).toBeDefined();
    expect(dotsOf(added(kernel, 1), 1, 1)).toBeUndefined();
    expect(dotSchedules(added(kernel, 1), forced)).toEqual([undefined, undefined]);
  });
  it('are across columns only where lanes load vectors of all of them, which are f32 and far apart', () => {
    const beside = (layout: 'NN' | 'NT') =>
      dotSchedules(added(matrices('NN', 2, 1024, 64), 64, layout), forced)[0];
    expect(beside('NN')).toBeDefined();
    expect(beside('NT')).toBeUndefined();
    const both = (dtype: 'f16' | 'f32', n: number) =>
      dotSchedules(
        kernelOf(
          program({
            y: contraction(
              'y',
              [input('a', [2, 64], dtype), input('b', [64, n], dtype)],
              [
                ['m', 2],
                ['n', n],
              ],
              [['k', 64]],
              load(0, 'm', 'k'),
              load(1, 'k', 'n'),
              { dtype },
            ),
          }),
        ),
        forced,
      )[0];
    expect([both('f32', 1024), both('f16', 2048)]).not.toContain(undefined);
    expect([both('f32', 1020), both('f16', 2044)]).toEqual([undefined, undefined]);
  });
});

describe('panels', () => {
  it('have rows in powers of two from 16 to 256', () => {
    const rows = Array.from({ length: 300 }, (_, n) => n);
    const { sizes } = choices.panels;
    expect(rows.filter((n) => isOf(sizes, sized('panels', n)))).toEqual([16, 32, 64, 128, 256]);
  });

  const sums = (kernel: Parameters<typeof panelsOf>[0]) =>
    [panelsOf(kernel, 16), ...panelSchedules(kernel, forced)].map((s) => s !== undefined);

  it('divide each sum of a kernel', () => {
    expect(sums(matrices('NN', 64, 48, 256))).toEqual([true, true, true]);
    expect(sums(matrices('NN', 64, 48, 128))).toEqual([true, false, false]);
    expect(sums(matrices('NN', 64, 48, 320))).toEqual([true, true, true]);
    expect(sums(matrices('NN', 64, 48, 'tokens'))).toEqual([false, false, false]);
    expect(sums(added(matrices('NN', 64, 48, 16), 256))).toEqual([true, true, true]);
    expect(sums(added(matrices('NN', 64, 48, 16), 257))).toEqual([false, false, false]);
    expect(sums(added(matrices('NN', 64, 48, 256), 257))).toEqual([false, false, false]);
    expect(sums(added(sumOver([]), 256))).toEqual([false, false, false]);
    expect(sums(added(sumOver([1]), 256))).toEqual([false, false, false]);
  });

  it('have sums in the memory of a workgroup', () => {
    const fits = (rows: number, memory: number) => panelsOf(sumOver([256]), rows, memory) !== undefined;
    expect([fits(16, 512), fits(16, 511), fits(256, 8192), fits(256, 8191)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  it('of few operations are not worth the start of a kernel, unless they are asked for', () => {
    const chosen = (kernel: Parameters<typeof panelsOf>[0]) =>
      [free, forced].map((wanted) => panelSchedules(kernel, wanted)[0] !== undefined);
    expect(cpuVectors.minWork).toBe(8 * 8 * 256);
    expect(chosen(matrices('NN', 8, 8, 256))).toEqual([true, true]);
    expect(chosen(matrices('NN', 7, 8, 256))).toEqual([false, true]);
    expect(chosen(batches(4, 4, 4, 256))).toEqual([true, true]);
    expect(chosen(batches(4, 4, 3, 256))).toEqual([false, true]);
  });

  it('of all rows or columns are those that may overwrite what others read', () => {
    const rows = (n: number) =>
      panelSchedules(added(overRows(matrices('NN', 'tokens', n, n)), 256), forced).map((s) => s?.tile.rows);
    expect(rows(32)).toEqual([16, 32]);
    expect(rows(33)).toEqual([undefined, 64]);
    expect([64, 65, 128, 129].map(rows)).toEqual([64, 128, 128, undefined].map((n) => [undefined, n]));
  });
});

describe('rows in turn', () => {
  const chosen = (kernel: Parameters<typeof stationaryOf>[0]) =>
    stationarySchedules(kernel, forced).map((s) => s && [s.tile.rows * (s.tile.inTurn ?? 1), s.tile.cols]);

  it('need a sum of known length in each product', () => {
    const rows = (kernel: Parameters<typeof stationaryOf>[0]) => stationaryOf(kernel, 16, 2)?.tile.rows;
    expect(rows(sumOver([16]))).toBe(2);
    expect([512, 513].map((steps) => stationaryOf(sumOver([steps]), 16, 1)?.tile.rows)).toEqual([
      1,
      undefined,
    ]);
    expect([sumOver([0, 5]), sumOver([1]), matrices('NN', 64, 48, 'tokens'), SPECIAL.A·b!].map(rows)).toEqual(
      Array.from({ length: 4 }).fill(undefined),
    );
    expect(rows(added(sumOver([16]), 1))).toBeUndefined();
    expect(rows(added(sumOver([1]), 16))).toBeUndefined();
  });

  it('come one by one where a lane has many columns', () => {
    expect(stationaryOf(sumOver([16]), 16, 6)?.tile).toMatchObject({ rows: 1, inTurn: 16 });
  });

  it('of all rows or columns are those that may overwrite what others read', () => {
    const over = (n: number) => chosen(overRows(matrices('NN', 'tokens', n, n)));
    expect(over(12)).toEqual([
      [16, 2],
      [16, 1],
    ]);
    expect(over(33)).toEqual([
      [16, 6],
      [64, 1],
    ]);
    expect(chosen(matrices('NN', 'tokens', 33, 33))).toEqual([
      [16, 4],
      [16, 1],
    ]);
  });

  it('are of no sum along axes so short that lanes load twice what they fill', () => {
    const isChosen = (...sizes: readonly number[]) => chosen(sumOver(sizes)).map((s) => s !== undefined);
    expect([isChosen(5, 5), isChosen(3, 3, 2), isChosen(2, 2, 3), isChosen(2, 16)]).toEqual(
      Array.from({ length: 4 }).fill([true, true]),
    );
    expect(isChosen(3, 3, 3)).toEqual([false, false]);
    const cube = sumOver([3, 3, 3]);
    const [first] = added(sumOver([16]), 16).added!;
    expect(chosen({ ...cube, added: [first!] })).toEqual([undefined, undefined]);
  });

  it('read an operand without loads as one of a load', () => {
    const columns = [['n', 48]] as const;
    const { root } = product(columns, [['k', 32]], [[32, 48]], constant(1, 2), load(0, 'k', 'n'));
    const cycles = readingCycles(root, 'a', root.axes.at(-1)!, undefined);
    expect(cycles).toBeGreaterThanOrEqual(cpuVectors.cycles.vector);
  });
});

it('a choice has the rows and columns that it says, and all columns of rows that it overwrites', () => {
  const along = matrices('NT', 64, 48, 64);
  const wide = choices.dots.emit(sized('dots', 2, 4), along, forced);
  expect(wide?.scheduled.steps).toEqual(dotsOf(along, 2, 4)!.emit().scheduled.steps);
  expect(wide?.scheduled.steps).not.toEqual(dotsOf(along, 4, 2)!.emit().scheduled.steps);
  const over = overRows(matrices('NN', 64, 24, 24));
  const tiles = [2, 3].map((cols) => choices.lanes.emit(sized('lanes', 4, cols), over, forced) !== undefined);
  expect(tiles).toEqual([false, true]);
});

it('dot products load vectors where both operands lie along the sum', () => {
  const along = matrices('NT', 64, 48, 32);
  const [x] = along.root.args;
  expect(vectorsAlongSums(along)).toEqual(new Set([0, 1]));
  // Where the result overwrites an argument, both are elements.
  expect(vectorsAlongSums({ ...along, overwrites: { tensor: x!, by: 'elements' } })).toEqual(new Set([1]));
  const across = product(
    [['n', 48]],
    [['k', 32]],
    [
      [32, 2],
      [48, 32],
    ],
    load(0, 'k', 0),
    load(1, 'n', 'k'),
  );
  const others = [matrices('NN', 64, 48, 32), matrices('NT', 64, 48, 31), across, added(along, 32)];
  expect(others.map(vectorsAlongSums)).toEqual(others.map(() => undefined));
});

it('the first of two tiles for a subgroup alone is taken where both take the same time', () => {
  const sizes = [
    ['m', 16],
    ['n', 16],
    ['b', 4],
  ] as const;
  const shapes = [
    [4, 16, 16],
    [4, 16, 16],
  ];
  const kernel = product(sizes, [['k', 16]], shapes, load(0, 'b', 'm', 'k'), load(1, 'b', 'n', 'k'));
  const [written, other] = [kernel, exchanged(kernel)].map((k) => soleLaneSchedule(k)!);
  expect(written!.cycles).toBe(other!.cycles);
  expect([written!.kernel, other!.kernel]).toEqual([kernel, exchanged(kernel)]);
});

it('a kernel for a single token has all rows of that token', () => {
  const kernel = matrices('NT', '4*tokens', 64, 128);
  const [one] = contractionWays(kernel, { ...free, tokens: 512, one: true });
  expect(one).toMatchObject({ strategy: 'lanes', maxTokens: 1 });
  // The work of one row is too little.
  expect(one!.emit()).toBeDefined();
  expect(
    contractionWays(matrices('NT', 'tokens', 64, 128), { ...free, one: true })[0]!.emit(),
  ).toBeUndefined();
});

it('a direct tile has the rows and columns of the product', () => {
  const choice = (m: number | string, n: number | string) =>
    directChoice(matrices('NN', m, n, 64), 1 << 20, cpuVectors);
  expect(choice('tokens', 2)).toEqual(sized('direct', 4, 2));
  expect(choice(2, 'tokens')).toEqual(sized('direct', 2, 4));
});
