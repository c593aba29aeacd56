/** Register tiles and workgroup shapes of contractions. */
import type { DeviceClass } from '../../../compiler/devices/index.ts';

export interface Tile {
  /** Rows and columns that one thread computes. */
  readonly rows: number;
  readonly cols: number;
  /** Threads of a workgroup along batch, rows and columns; powers of two, together at most 64. */
  readonly batchThreads: number;
  readonly rowThreads: number;
  readonly colThreads: number;
  /** How many times as many rows come one after the other; 1 where absent. */
  readonly inTurn?: number;
}

const WORKGROUP = 64;
/** Results of a thread along each direction, at most. */
const EACH = 4;

const ceilPowerOfTwo = (n: number): number => 2 ** Math.ceil(Math.log2(Math.max(1, n)));

/**
 * 4×4 results a thread, fewer where an extent is below 4 or where there would be fewer threads
 * than keep the device busy; 8×8 threads, stretched along rows, columns, then batch where the others are short.
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

/** The same for a workgroup of all `n` columns, at most 64·EACH. */
export function wholeTile(m: number, n: number): Tile {
  const cols = Math.min(EACH, ceilPowerOfTwo(n));
  const rows = Math.min(EACH, ceilPowerOfTwo(m));
  const colThreads = ceilPowerOfTwo(n / cols);
  const rowThreads = Math.min(ceilPowerOfTwo(m / rows), WORKGROUP / colThreads);
  return { rows, cols, batchThreads: 1, rowThreads, colThreads };
}

/** As many results of a thread as given, and 8×8 threads as above. */
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
