/** The rows, elements and sums of each lane in attention, maps and reductions. */
import { expect, it } from 'vitest';
import { cpuVectors } from '../../../../compiler/devices/index.ts';
import { attention, call, input, load, map } from '../../../../test/kernels-gen/build.ts';
import { options } from '../../../../test/kernels-gen/schedule/contractions.ts';
import { emitMap } from '../../../families/map/schedule.ts';
import { laneLoops } from '../attention.ts';
import { rowSteps, rowTile } from '../attention-rows.ts';
import { mapWays } from '../map.ts';

const SIZES = { heads: 6, keyHeads: 2, width: 64 };

it('a lane has four rows of few channels, two of more, and none of many', () => {
  const tiles = (part: 'lse' | 'output') =>
    [64, 65, 128, 129].map((width) => rowTile(attention(part, { ...SIZES, width })));
  const [four, two] = [{ each: 4 }, { each: 2 }];
  const at = (atOnce: number) => [four, two, two].map((each) => ({ ...each, atOnce }));
  expect(tiles('lse')).toEqual([...at(4), undefined]);
  expect(tiles('output')).toEqual([...at(2), undefined]);
});

it('lanes with keys go through as many tokens as leave room for all heads that share them', () => {
  const steps = (atOnce: number) =>
    rowSteps(attention('keyValue', SIZES), { each: 2, atOnce })
      .map((s) => s.says)
      .filter((says) => says.startsWith('split m') || says.startsWith('split i'));
  // Three heads share keys.
  expect([2, 4, 6].map(steps)).toEqual([
    ['split m by 1 into members, member', 'split i by 2 into block, turn'],
    ['split m by 3 into members, member', 'split i by 1 into block, turn'],
    ['split m by 3 into members, member', 'split i by 2 into block, turn'],
  ]);
});

it('a subgroup has eight rows of up to 16 sums for each lane, and four of more', () => {
  const rows = (width: number, part: 'output' | 'keyValue') =>
    laneLoops(attention(part, { ...SIZES, width })).steps[0];
  const texts = (of: string) => [8, 4].map((n) => `split ${of} by ${n} into tile, row`);
  expect([rows(128, 'output'), rows(129, 'output')]).toEqual(texts('i'));
  // A key has two sums of each channel.
  expect([rows(64, 'keyValue'), rows(65, 'keyValue')]).toEqual(texts('j'));
});

it('a lane computes vectors where both the loops and the tensor end with whole ones', () => {
  const squares = (axes: Parameters<typeof map>[2], settings: Parameters<typeof map>[4] = {}) => {
    const at = axes.map(([name]) => name);
    const x = input(
      'x',
      axes.map(([, extent]) => extent),
    );
    const tensor = map('y', [x], axes, call('mul', load(0, ...at), load(0, ...at)), settings);
    return { tensor, root: tensor, epilogue: null, spans: [] };
  };

  // 64 workgroups of 8 lanes share the elements: each lane has 32 of them, or 24.
  const [long, whole, part] = [2048, 8, 6] as const;
  const expectEach = (kernel: ReturnType<typeof squares>, each: number, width: number) =>
    expect(mapWays(kernel, options('lanes', 1, cpuVectors))[0]!.emit()?.scheduled.steps).toEqual(
      emitMap(kernel, 8, each, width).scheduled.steps,
    );
  const axes = (last: number) =>
    [
      ['i', long],
      ['j', last],
    ] as const;
  expectEach(squares(axes(whole)), 8, 4);
  expectEach(squares(axes(part)), 24, 1);
  expectEach(squares(axes(whole), { shape: [(long * whole) / 2, 2] }), 32, 1);
  expectEach(squares(axes(part), { shape: [(long * part) / 4, 4] }), 24, 1);
  expectEach(squares(axes(whole), { dtype: 'i32' }), 32, 1);
  expectEach(squares([['i', 'tokens']]), 64, 1);
  expectEach(
    squares([
      ['i', 'tokens'],
      ['j', 3],
    ]),
    1,
    1,
  );
});
