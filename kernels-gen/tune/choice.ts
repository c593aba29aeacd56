/**
 * A schedule as data and as text: what a tuning table keeps. Only sizes that the generator itself may take are choices, so
 * that no table can ask for code that is too large or wrong.
 */

import type { Tuned } from '../../runtime/plan.ts';
import { EACH, MAX_DOTS } from '../families/contraction/dots.ts';
import { COLS, MAX_RESULTS, ROWS } from '../families/contraction/lanes.ts';
import { LEAST, MOST } from '../families/contraction/shared.ts';
import { MOST_PARTS } from '../families/contraction/split.ts';
import { IN_TURN } from '../families/contraction/stationary.ts';
import type { ScheduleOptions } from '../families/family.ts';
import type { Choice, TunedSchedule, Way } from '../tuned.ts';

interface Sizes {
  readonly rows: readonly number[];
  readonly cols: readonly number[];
  /** Of rows × cols. */
  readonly most: number;
  readonly parts: readonly number[];
}

const ONE = [1];
const TILE = [LEAST, 2 * LEAST, MOST];
const DIRECT = [1, 2, 4, 8];
const stationary: Sizes = { rows: IN_TURN, cols: COLS, most: Infinity, parts: ONE };
const lanes: Sizes = { rows: ROWS, cols: COLS, most: MAX_RESULTS, parts: ONE };

/** The sizes that each way of computing has. */
export const SIZES = {
  /** Of a contraction: a thread's tile, straight from storage. */
  direct: { rows: DIRECT, cols: DIRECT, most: 32, parts: ONE },
  /** A lane's tile, and the same with the operands exchanged. */
  lanes,
  'exchanged lanes': lanes,
  /** Rows one after the other, past columns that a lane holds; and the same with the operands exchanged. */
  stationary,
  'exchanged stationary': stationary,
  /** Dot products of a subgroup. */
  dots: { rows: EACH, cols: EACH, most: MAX_DOTS, parts: ONE },
  /** A workgroup's tile in its memory, alone or with the sums shared among workgroups. */
  shared: { rows: TILE, cols: TILE, most: MOST * MOST, parts: ONE },
  split: { rows: TILE, cols: TILE, most: MOST * MOST, parts: [2, 3, 4, 6, 8, 12, MOST_PARTS] },
  /** Subgroup matrices of these elements. */
  'matrix f32': { rows: ONE, cols: ONE, most: 1, parts: ONE },
  'matrix f16': { rows: ONE, cols: ONE, most: 1, parts: ONE },
} as const satisfies Readonly<Record<Way, Sizes>>;

const WAYS = Object.keys(SIZES) as readonly Way[];

/** `lanes 6×8`, `split 32×32 in 4`. */
export function describe({ way, rows, cols, parts }: Choice): string {
  const sizes: Sizes = SIZES[way];
  if (sizes.most === 1) return way;
  return `${way} ${rows}×${cols}${parts > 1 ? ` in ${parts}` : ''}`;
}

/** undefined where it is no choice: the text is whole and the sizes are such that there is code. */
export function parseChoice(text: string): Choice | undefined {
  const [, name, rows = '1', cols = '1', parts = '1'] =
    /^([a-z]+(?: [a-z]\w*)?)(?: (\d+)×(\d+)(?: in (\d+))?)?$/.exec(text) ?? [];
  const way = WAYS.find((w) => w === name);
  if (way === undefined) return undefined;
  const choice = { way, rows: Number(rows), cols: Number(cols), parts: Number(parts) };
  return isChoice(choice) && describe(choice) === text ? choice : undefined;
}

export function isChoice({ way, rows, cols, parts }: Choice): boolean {
  const sizes: Sizes = SIZES[way];
  return (
    sizes.rows.includes(rows) &&
    sizes.cols.includes(cols) &&
    sizes.parts.includes(parts) &&
    rows * cols <= sizes.most
  );
}

/** Those a step away along one size, or along both in opposite directions: the results they have stay about as many. */
export function neighbours(choice: Choice): Choice[] {
  const { rows, cols }: Sizes = SIZES[choice.way];
  const [i, j] = [rows.indexOf(choice.rows), cols.indexOf(choice.cols)];
  const steps = [
    [1, 0],
    [-1, 0],
    [0, 1],
    [0, -1],
    [1, -1],
    [-1, 1],
  ] as const;
  return steps.flatMap(([down, along]) => {
    const [r, c] = [rows[i + down], cols[j + along]];
    if (r === undefined || c === undefined) return [];
    const next = { ...choice, rows: r, cols: c };
    return isChoice(next) ? [next] : [];
  });
}

/** Those of a kernel, for few tokens first: the last serves more than its own where it is for as many as are typical. */
export function tunedFor(
  { tuned = [], tokens }: Pick<ScheduleOptions, 'tuned' | 'tokens'>,
  key: string,
): { readonly choice: Choice; readonly tuned: Tuned; readonly maxTokens?: number }[] {
  const count = ({ bucket }: TunedSchedule) => bucket ?? Infinity;
  const own = tuned.filter((t) => t.key === key).sort((a, b) => count(a) - count(b));
  return own.map((t) => {
    const { adapter, choice } = t;
    const last = own.findLast((o) => o.adapter === adapter) === t && count(t) >= bucketOf(tokens);
    return {
      choice,
      tuned: { adapter, key, schedule: describe(choice) },
      ...(last || t.bucket === null ? {} : { maxTokens: t.bucket }),
    };
  });
}

/** Token counts are told apart by powers of two: the least that holds them. */
export const bucketOf = (tokens: number): number => 2 ** Math.ceil(Math.log2(Math.max(1, tokens)));
