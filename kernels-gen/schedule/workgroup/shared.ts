/** Schedules whose threads multiply operands that their workgroup staged. Each has EACH × EACH results of a tile. */
import type { DeviceClass } from '../../../compiler/devices/index.ts';
import type { Frame, Schedule } from '../../families/contraction/frame.ts';
import { longest, range, sizesOf } from '../../families/contraction/root.ts';
import { DEPTH, type Staged, sumStaged } from '../../families/contraction/staging.ts';
import type { Tile } from '../../families/contraction/tile.ts';
import type { ScheduleOptions } from '../../families/family.ts';
import type { ContractionKernel } from '../../fuse/kernel.ts';
import { wholeOf } from '../../memory/overwrite.ts';

/** The number of steps of k that the innermost loop has in its text. */
const UNROLLED = 4;
/** The results of a thread along each direction. */
const EACH = 4;
/** The smallest and the largest number of results of a workgroup along each direction. */
export const LEAST = 16;
export const MOST = 64;

/** The schedule; undefined where tiles would be mostly edge, or there is too little work. */
export function sharedSchedule(
  kernel: ContractionKernel,
  { tokens, strategy, device }: ScheduleOptions,
): Schedule | undefined {
  const { batch, m, n, k } = sizesOf(kernel, tokens);
  if (longest(kernel.root.over) === undefined) return undefined;
  if (strategy !== 'shared' && (Math.min(m, n) < LEAST || batch * m * n * k < device.minWork))
    return undefined;
  return staged(kernel, stagedTile(batch, m, n, device, wholeOf(kernel)).tile);
}

/**
 * The largest tile with which there are enough workgroups to keep a GPU busy, and the number of such tiles. A
 * tile has at least LEAST results along each direction, and `least` rows and columns.
 */
export function stagedTile(
  batch: number,
  m: number,
  n: number,
  { workgroups }: Pick<DeviceClass, 'workgroups'>,
  least = { rows: 1, cols: 1 },
): { tile: Tile; tiles: number } {
  let [rows, cols] = [MOST, MOST];
  const tiles = () => batch * Math.ceil(m / rows) * Math.ceil(n / cols);
  while (rows > LEAST && rows / 2 >= least.rows && (rows >= 2 * m || tiles() < workgroups)) rows /= 2;
  while (cols > LEAST && cols / 2 >= least.cols && (cols >= 2 * n || tiles() < workgroups)) cols /= 2;
  return { tile: tileOfGroup(rows, cols), tiles: tiles() };
}

/** A workgroup's tile: powers of two from LEAST to MOST. */
export const tileOfGroup = (rows: number, cols: number): Tile => ({
  rows: EACH,
  cols: EACH,
  batchThreads: 1,
  rowThreads: rows / EACH,
  colThreads: cols / EACH,
});

export const staged = (kernel: ContractionKernel, tile: Tile): Schedule => ({
  kernel,
  tile,
  sum: sumOfThreads,
  staging: 'f32',
});

function sumOfThreads(frame: Frame): void {
  const { e } = frame;
  sumStaged(frame, 'f32', (left, right) => {
    e.open(`for (var step = 0; step < ${DEPTH}; step += ${UNROLLED})`);
    for (const { which, span, direction } of [left, right])
      e.line(`let at_${which} = step * ${span} + ${frame.thread(direction)};`);
    for (const u of range(UNROLLED)) {
      const read = ({ which, direction, span, base }: Staged) =>
        range(direction.each).map((i) => {
          const offset = base + u * span + i * direction.threads;
          const at = offset === 0 ? `at_${which}` : `at_${which} + ${offset}`;
          return e.name(`staged[${at}]`, e.depth, which).text;
        });
      const [xs, ys] = [read(left), read(right)];
      frame.sums.add(e, xs, frame.sums.grouped(ys));
    }
    e.close();
  });
}
