/** A schedule of a contraction as data: tuning measures these, and a tuning table has them. */

/** A schedule by name and sizes. `parts` is the number of workgroups that share a sum. */
export interface ScheduleChoice {
  /** The name of a schedule. schedule/choices.ts lists all. */
  readonly way: string;
  readonly rows: number;
  readonly cols: number;
  readonly parts: number;
}

/**
 * The sizes that a schedule may have. No table can ask for others, whose code could be too large or wrong. `neighbours` steps
 * through the rows and the columns, which ascend.
 */
export interface Sizes {
  readonly rows: readonly number[];
  readonly cols: readonly number[];
  /** The largest product of rows and cols. */
  readonly most: number;
  readonly parts: ReadonlySet<number>;
}

export const ONE: readonly number[] = [1];
/** The number of parts of a sum that is not split. */
export const WHOLE: ReadonlySet<number> = new Set(ONE);

export const sized = (way: string, rows = 1, cols = 1, parts = 1): ScheduleChoice => ({
  way,
  rows,
  cols,
  parts,
});

export const isOf = (sizes: Sizes, { rows, cols, parts }: ScheduleChoice): boolean =>
  sizes.rows.includes(rows) &&
  sizes.cols.includes(cols) &&
  sizes.parts.has(parts) &&
  rows * cols <= sizes.most;

/**
 * The choices next to a choice. One size is a step up or down, or one is up and the other down, for about as
 * many results.
 */
export function neighbours(choice: ScheduleChoice, sizes: Sizes): ScheduleChoice[] {
  const [i, j] = [sizes.rows.indexOf(choice.rows), sizes.cols.indexOf(choice.cols)];
  const steps = [
    [1, 0],
    [-1, 0],
    [0, 1],
    [0, -1],
    [1, -1],
    [-1, 1],
  ] as const;
  return steps.flatMap(([down, along]) => {
    const [r, c] = [sizes.rows[i + down], sizes.cols[j + along]];
    if (r === undefined || c === undefined) return [];
    const next = { ...choice, rows: r, cols: c };
    return isOf(sizes, next) ? [next] : [];
  });
}
