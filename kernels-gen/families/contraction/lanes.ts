/**
 * A subgroup computes a tile: its lanes lie along columns. Lanes load the rows' operand along k, one lane a step,
 * and hand each other what they loaded, so that it is loaded once and not by every lane. Made for devices whose
 * loads are dear and whose lanes exchange values in one instruction: CPUs with vectors.
 */
import { constantOf } from '../../../compiler/ir/dims.ts';
import type { Axis, ContractionPrim } from '../../../compiler/primitives/prim.ts';
import { nodesOf, sizeAt } from '../../fuse/cost.ts';
import { extents, LANES, looped, type ScheduleOptions } from '../family.ts';
import { wholeOf } from '../overwrite.ts';
import { CYCLES, faster, type LaneSchedule, loadCycles, MIN_WORK, PARALLEL } from './cycles.ts';
import { chunks, madeOf, stepped } from './direct.ts';
import { type Frame, operand, type Schedule } from './emit.ts';
import {
  type ContractionKernel,
  canonical,
  classify,
  exchanged,
  innermost,
  longest,
  range,
  strideOf,
} from './root.ts';
import type { Tile } from './tile.ts';

/** Cycles of a store whose lanes write to as many lines. */
const SCATTERED = 100;
/** Elements between lines that share so few sets of a cache that they drive each other out: 2 KiB. */
const ALIASED = 512;
/** Results of a lane, statements of the innermost loop: compiling takes half a second for the most, which much work repays. */
export const MAX_RESULTS = 128;
const FEW_RESULTS = 64;
const MUCH_WORK = 1 << 22;
export const ROWS: readonly number[] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32];
export const COLS: readonly number[] = [1, 2, 3, 4, 6, 8];

/**
 * With the operands exchanged where lanes along the rows do better; undefined where there is too little to do, and
 * where there is nothing to share out or to sum.
 */
export function laneSchedule(
  kernel: ContractionKernel,
  options: Pick<ScheduleOptions, 'tokens' | 'strategy'>,
): LaneSchedule | undefined {
  const [written, turned] = laneSchedules(kernel, options);
  return faster(written, turned);
}

/** As written, and with the operands exchanged. */
export function laneSchedules(
  kernel: ContractionKernel,
  { tokens, strategy }: Pick<ScheduleOptions, 'tokens' | 'strategy'>,
): readonly [LaneSchedule | undefined, LaneSchedule | undefined] {
  const wanted = { tokens, forced: strategy === 'lanes', most: MAX_RESULTS, parallel: PARALLEL };
  return [choose(kernel, wanted), choose(exchanged(kernel), wanted)];
}

/** A tile of so many rows and columns of lanes; undefined where there is nothing to share out or to sum. */
export function inTile(kernel: ContractionKernel, rows: number, cols: number): Schedule | undefined {
  const { root } = kernel;
  if (innermost(classify(root).n) === undefined || longest(root.over) === undefined) return undefined;
  return { kernel, tile: laneTile(rows, cols), sum: sumInLanes };
}

const laneTile = (rows: number, cols: number): Tile => ({
  rows,
  cols,
  batchThreads: 1,
  rowThreads: 1,
  colThreads: LANES,
});

/** Of a contraction that one subgroup computes alone, tile after tile. */
export function soleLaneSchedule(kernel: ContractionKernel): LaneSchedule | undefined {
  const wanted = { tokens: 0, forced: true, most: FEW_RESULTS, parallel: 1 };
  return faster(choose(canonical(kernel), wanted), choose(exchanged(kernel), wanted));
}

interface Wanted {
  readonly tokens: number;
  /** However little there is to do. */
  readonly forced: boolean;
  /** Results of a lane. */
  readonly most: number;
  /** Subgroups at work at once. */
  readonly parallel: number;
}

function choose(
  kernel: ContractionKernel,
  { tokens, forced, most, parallel }: Wanted,
): LaneSchedule | undefined {
  const { root } = kernel;
  const groups = classify(root);
  const size = (axes: Parameters<typeof extents>[0]) => sizeAt(extents(axes), tokens);
  const [batch, m, n, k] = [groups.batch, groups.m, groups.n, root.over].map(size) as [
    number,
    number,
    number,
    number,
  ];
  const along = innermost(groups.n);
  const work = batch * m * n * k;
  if (along === undefined || (!forced && work < MIN_WORK)) return undefined;
  const inner = longest(root.over);
  if (inner === undefined) return undefined;
  const scattered = isScattered(root, along);
  const axes = [...root.axes, ...root.over];
  const load = loadCycles(root.b, root.args, along, inner, axes, scattered);
  const own = loadCycles(root.a, root.args, inner, inner, axes, false);
  const store = along === innermost(root.axes) ? CYCLES.load : SCATTERED;
  const [left, right] = [nodesOf(root.a), nodesOf(root.b)];

  const whole = wholeOf(kernel);
  const results = Math.min(most, work < MUCH_WORK ? FEW_RESULTS : MAX_RESULTS);
  let best: { rows: number; cols: number; cycles: number } | undefined;
  for (const rows of ROWS) {
    for (const cols of COLS) {
      if (rows * cols > results || rows < whole.rows || LANES * cols < whole.cols) continue;
      const groupsOf = batch * Math.ceil(m / rows) * Math.ceil(n / (LANES * cols));
      const step =
        cols * (load + right) +
        (rows * (own + left)) / Math.min(LANES, k) +
        rows * CYCLES.shuffle +
        rows * cols * CYCLES.multiplyAdd;
      const stores = rows * cols * store;
      const idle = (Math.ceil(groupsOf / parallel) * parallel) / groupsOf;
      const cycles = groupsOf * (k * step + stores) * idle;
      if (!best || cycles < best.cycles) best = { rows, cols, cycles };
    }
  }
  if (best === undefined) return undefined;
  const { rows, cols, cycles } = best;
  return { kernel, tile: laneTile(rows, cols), sum: sumInLanes, cycles };
}

/** Whether lanes along an axis load lines of the right operand that drive each other out. */
const isScattered = (root: ContractionPrim, along: Axis): boolean =>
  strideOf(root.b, along, root.args, [...root.axes, ...root.over]) >= ALIASED;

function sumInLanes(frame: Frame): void {
  const { e, root } = frame;
  e.handed = true;
  const inner = longest(root.over)!;
  const outer = looped(root.over.filter((a) => a !== inner));
  for (const a of outer) e.loop(a.name, a.extent);
  const size = e.size(inner.extent);
  const extent = constantOf(inner.extent);
  const exact = extent !== undefined && extent % LANES === 0;
  // Lines that lanes touch hold the next steps, too: two of them at once halve what is fetched again.
  const scattered = isScattered(root, innermost(frame.cols.axes)!);
  const unrolled = scattered && extent !== undefined && extent % 2 === 0 ? 2 : 1;
  const [first, mine] = [`${inner.name}_first`, `${inner.name}_mine`];
  e.loop(first, inner.extent, '0', LANES);
  const chunk = chunks(e, inner, first, LANES);
  e.define(mine, exact ? `${first} + lane` : `min(${first} + lane, ${size} - 1)`, inner.extent);
  if (chunk && exact) madeOf(e, mine, chunk, LANES, 'lane');
  const atMine = new Map([[inner.name, { k: 'axis', name: mine } as const]]);
  const held = range(frame.rows.each).map((i) => operand(frame, 'a', i, atMine));
  const count = exact ? `${LANES}` : e.name(`min(${LANES}, ${size} - ${first})`, e.depth).text;
  e.open(`for (var step = 0; step < ${e.end(count)}; step += ${unrolled})`);
  e.define(inner.name, `${first} + step`, inner.extent);
  if (chunk) madeOf(e, inner.name, chunk, LANES, 'step', LANES - unrolled);
  // All steps of a column before the next: its lines may be gone afterwards.
  const steps = range(unrolled).map((u) => stepped(inner.name, u));
  const right = range(frame.cols.each).map((j) => steps.map((at) => operand(frame, 'b', j, at)));
  for (const u of range(unrolled)) {
    const left = held.map((h, i) => {
      const name = `left${i}_${u}`;
      e.line(`let ${name} = subgroupShuffle(${h}, u32(step${u > 0 ? ` + ${u}` : ''}));`);
      return name;
    });
    for (const [i, a] of left.entries())
      for (const [j, b] of right.entries()) e.line(`acc_${i}_${j} = fma(${a}, ${b[u]}, acc_${i}_${j});`);
  }
  for (const _ of range(outer.length + 2)) e.close();
  e.handed = false;
}
