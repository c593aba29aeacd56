import { OftcRuntimeError } from './errors.ts';
import type { PlanPositionRule } from './plan.ts';

/** A matrix's size, rows and columns. */
export type MatrixSize = readonly [rows: number, columns: number];

/**
 * Describes the first wrong position of a matrix; undefined where none is wrong. The table has two rows, those and columns of
 * positions in row-major order, or a third one with the order that sorts them. No position stands twice.
 */
export function wrongPosition(
  table: ArrayLike<number>,
  count: number,
  [rows, columns]: MatrixSize,
): string | undefined {
  const isOrdered = table.length === 2 * count;
  let before = -1;
  for (let n = 0; n < count; n++) {
    const j = isOrdered ? n : table[2 * count + n]!;
    if (!(j >= 0 && j < count)) return `${j} is no number of a position, which are 0 to ${count - 1}`;
    const [row, column] = [table[j]!, table[count + j]!];
    const named = `position ${j}, (${row}, ${column}),`;
    if (!(row >= 0 && row < rows && column >= 0 && column < columns))
      return `${named} is outside a matrix of ${rows}×${columns}`;
    const place = row * columns + column;
    if (place <= before) return `${named} does not follow the one before it in row-major order`;
    before = place;
  }
  return undefined;
}

/** The message for wrong positions. Sessions and Executables have the same one. */
export const positionsWrong = (reader: string, input: string, wrong: string): string =>
  `'${reader}' reads positions in '${input}': ${wrong}`;

/** Checks the positions that an input holds. Throws IndexOutOfRange. */
export function checkPositions(rules: readonly PlanPositionRule[] = [], input: string, data: unknown): void {
  if (!(data instanceof Int32Array)) return;
  for (const { count, rows, columns, reader, source } of rules.filter((r) => r.input === input)) {
    const wrong = wrongPosition(data, count, [rows, columns]);
    if (wrong !== undefined)
      throw new OftcRuntimeError('IndexOutOfRange', positionsWrong(reader, input, wrong), { source });
  }
}
