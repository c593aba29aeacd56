/**
 * Schedules in which a subgroup computes a tile. Each lane (an invocation) has one column or several. It
 * loads one step of the rows' operand a along k, or a vector of steps. Lanes then exchange what they loaded,
 * so that it is loaded once and not by every lane. These schedules are for CPUs with vectors, where loads are
 * slow and a shuffle is one instruction.
 */
import { canonical, exchanged, sizesOf } from '../../families/contraction/root.ts';
import type { Tile } from '../../families/contraction/tile.ts';
import type { ScheduleOptions } from '../../families/family.ts';
import { classify, innermost, longest } from '../../fuse/axes.ts';
import { nodesOf } from '../../fuse/cost.ts';
import type { ContractionKernel } from '../../fuse/kernel.ts';
import { wholeOf } from '../../memory/overwrite.ts';
import { printWgsl } from '../../print/wgsl.ts';
import {
  type Costed,
  CYCLES,
  faster,
  isFar,
  isScattered,
  type LaneSchedule,
  type LoopSchedule,
  loadCycles,
  MIN_WORK,
  PARALLEL,
  WAIT,
} from './cycles.ts';
import { laneTileLoops } from './lane-tile.ts';
import { LANES, shuffles } from './lanes.ts';
import { sharesOf } from './vectors.ts';

/** The cycles of a store where each lane writes to a cache line of its own. */
export const SCATTERED = 100;
/**
 * The largest number of results of a lane. Each is a statement. This many compile in half a second, which only
 * MUCH_WORK repays.
 */
export const MAX_RESULTS = 128;
const FEW_RESULTS = 64;
const MUCH_WORK = 1 << 22;
/** The rows and the columns of a tile among which the cycles choose, ascending. */
export const ROWS: readonly number[] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32];
export const COLS: readonly number[] = [1, 2, 3, 4, 6, 8];

/**
 * The best schedules as written and with exchanged operands. Undefined where there is too little work, no column for
 * lanes, or nothing to sum.
 */
export function laneSchedules(
  kernel: ContractionKernel,
  { tokens, strategy }: Pick<ScheduleOptions, 'tokens' | 'strategy'>,
): readonly [(LoopSchedule & Costed) | undefined, (LoopSchedule & Costed) | undefined] {
  const wanted = { tokens, forced: strategy === 'lanes', most: MAX_RESULTS, parallel: PARALLEL };
  const made = (of: ContractionKernel) => {
    const best = choose(of, wanted);
    return best && { ...best, ...asLoops(of, best.tile) };
  };
  return [made(kernel), made(exchanged(kernel))];
}

/** The schedule with a given tile of each lane; undefined where there is no column for lanes, or nothing to sum. */
export function inTile(kernel: ContractionKernel, rows: number, cols: number): LoopSchedule | undefined {
  const { root } = kernel;
  if (innermost(classify(root).n) === undefined || longest(root.over) === undefined) return undefined;
  return asLoops(kernel, laneTile(rows, cols));
}

const asLoops = (kernel: ContractionKernel, tile: Tile): LoopSchedule => ({
  kernel,
  tile,
  emit: (isLockstep = false) =>
    printWgsl(laneTileLoops(kernel, tile, { isLockstep }), {
      ...{ shuffles, isLockstep },
      // Products in lavapipe's lanes take up to 8 % less time with the test.
      isTested: true,
    }),
});

const laneTile = (rows: number, cols: number): Tile => ({
  rows,
  cols,
  batchThreads: 1,
  rowThreads: 1,
  colThreads: LANES,
});

/** The best schedule of a contraction that one subgroup computes alone, tile after tile. */
export function soleLaneSchedule(kernel: ContractionKernel): LaneSchedule | undefined {
  const wanted = { tokens: 0, forced: true, most: FEW_RESULTS, parallel: 1 };
  return faster(choose(canonical(kernel), wanted), choose(exchanged(kernel), wanted));
}

interface Wanted {
  readonly tokens: number;
  /** Whether a schedule is wanted even for little work. */
  readonly forced: boolean;
  /** The largest number of results of a lane. */
  readonly most: number;
  /** The number of subgroups that work at once. */
  readonly parallel: number;
}

function choose(
  kernel: ContractionKernel,
  { tokens, forced, most, parallel }: Wanted,
): LaneSchedule | undefined {
  const { root } = kernel;
  const { batch, m, n, k } = sizesOf(kernel, tokens);
  const along = innermost(classify(root).n);
  const work = batch * m * n * k;
  if (along === undefined || (!forced && work < MIN_WORK)) return undefined;
  const inner = longest(root.over);
  if (inner === undefined) return undefined;
  const scattered = isScattered(root, along);
  const axes = [...root.axes, ...root.over];
  // The lines of one column of each lane are as many as a set of the cache holds.
  const loads = (cols: number) => loadCycles(root.b, root.args, along, inner, axes, scattered && cols > 1);
  const wait = isFar(root) ? WAIT : 0;
  const own = loadCycles(root.a, root.args, inner, inner, axes, false);
  const store = along === innermost(root.axes) ? CYCLES.load : SCATTERED;
  const [left, right] = [nodesOf(root.a), nodesOf(root.b)];

  const alone = parallel === 1;
  const whole = wholeOf(kernel);
  const results = Math.min(most, work < MUCH_WORK ? FEW_RESULTS : MAX_RESULTS);
  let best: { rows: number; cols: number; cycles: number } | undefined;
  for (const rows of ROWS) {
    for (const cols of COLS) {
      if (rows * cols > results || rows < whole.rows || LANES * cols < whole.cols) continue;
      const groupsOf = batch * Math.ceil(m / rows) * Math.ceil(n / (LANES * cols));
      const share = sharesOf(kernel, { rows, cols }, alone, CYCLES.vector / CYCLES.load);
      const step =
        cols * (loads(cols) * share.right + right) +
        (rows * (own * share.left + left)) / Math.min(LANES, k) +
        Math.max(wait, rows * CYCLES.shuffle + rows * cols * CYCLES.multiplyAdd);
      const stores = rows * cols * store * share.out;
      const idle = (Math.ceil(groupsOf / parallel) * parallel) / groupsOf;
      const cycles = groupsOf * (k * step + stores) * idle;
      if (!best || cycles < best.cycles) best = { rows, cols, cycles };
    }
  }
  if (best === undefined) return undefined;
  const { rows, cols, cycles } = best;
  return { kernel, tile: laneTile(rows, cols), cycles };
}
