/** Chooses register tiles and workgroup shapes of contractions. */
import type { DeviceClass } from '../../../compiler/devices/index.ts';

export interface Tile {
  /** The numbers of rows and columns that a thread computes. */
  readonly rows: number;
  readonly cols: number;
  /** The threads of a workgroup along batch, rows and columns: powers of two whose product is at most 64. */
  readonly batchThreads: number;
  readonly rowThreads: number;
  readonly colThreads: number;
  /** The number of such tiles of rows that a thread computes one after another. If absent, 1. */
  readonly inTurn?: number;
}

const WORKGROUP = 64;
/** The largest number of results of a thread along each direction. */
const EACH = 4;

const ceilPowerOfTwo = (n: number): number => 2 ** Math.ceil(Math.log2(Math.max(1, n)));

/**
 * Chooses a tile of 4×4 results for each thread. A tile has fewer where an extent is below 4, or where
 * threads would be too few to keep the device busy. A workgroup has 8×8 threads. Where a direction is short,
 * the others get its threads: first rows, then columns, then batch.
 */
export function chooseTile(
  batch: number,
  m: number,
  n: number,
  { threads }: Pick<DeviceClass, 'threads'>,
): Tile {
  let [rows, cols] = [Math.min(EACH, ceilPowerOfTwo(m)), Math.min(EACH, ceilPowerOfTwo(n))];
  while (rows * cols > 1 && batch * Math.ceil(m / rows) * Math.ceil(n / cols) < threads) {
    if (rows >= cols) rows /= 2;
    else cols /= 2;
  }
  return tileOf(rows, cols, { batch, m, n });
}

/** The tile of a workgroup that has all `n` columns. `n` is at most 64·EACH. */
export function wholeTile(m: number, n: number): Tile {
  const cols = Math.min(EACH, ceilPowerOfTwo(n));
  const rows = Math.min(EACH, ceilPowerOfTwo(m));
  const colThreads = ceilPowerOfTwo(n / cols);
  const rowThreads = Math.min(ceilPowerOfTwo(m / rows), WORKGROUP / colThreads);
  return { rows, cols, batchThreads: 1, rowThreads, colThreads };
}

/** The tile with the given results of a thread, and 8×8 threads as in `chooseTile`. */
export function tileOf(
  rows: number,
  cols: number,
  { batch, m, n }: { readonly batch: number; readonly m: number; readonly n: number },
): Tile {
  const [across, down] = [ceilPowerOfTwo(n / cols), ceilPowerOfTwo(m / rows)];
  const rowThreads = Math.min(down, WORKGROUP / Math.min(across, 8));
  const colThreads = Math.min(across, WORKGROUP / rowThreads);
  const batchThreads = Math.min(ceilPowerOfTwo(batch), WORKGROUP / (rowThreads * colThreads));
  return { rows, cols, batchThreads, rowThreads, colThreads };
}
