/** Draws positions of a matrix, as `sparse` reads them: rows, columns and, where asked for, the order that sorts them. */

import type { Positions } from '../../compiler/ir/init.ts';
import type { MatrixSize } from '../../runtime/positions.ts';
import { firstOfPermutation } from './torch-random.ts';

export type { MatrixSize } from '../../runtime/positions.ts';

type Drawn = Omit<Positions, 'positions'>;

/**
 * The elements of positions of shape (2, k) or (3, k). With a seed they are the first k elements of PyTorch's random
 * permutation of all places, in its order. Without one they are drawn from `next`, and sorted.
 */
export function positionsIn(
  [form, count]: readonly number[],
  [rows, columns]: MatrixSize,
  { seed, halves, diagonal }: Drawn,
  next: () => number,
): Int32Array {
  const all = placesIn([rows, columns], diagonal);
  const drawn = firstOfPermutation(all, count!, seed ?? Math.floor(next() * 2 ** 32));
  const placed = halves ? drawn.map((n) => inBlocks(n, [rows, columns])) : drawn;
  // Between two elements of a square matrix's diagonal lie as many others as it has rows.
  const places = diagonal ? placed.map((n) => n + 1 + Math.floor(n / rows)) : placed;
  if (seed === undefined) places.sort((a, b) => a - b);
  const order = places.map((_, j) => j).sort((a, b) => places[a]! - places[b]!);
  const table = [places.map((n) => Math.floor(n / columns)), places.map((n) => n % columns), order];
  return Int32Array.from(table.slice(0, form).flat());
}

/** The number of places of a matrix, or of those off the diagonal of a square one. */
export const placesIn = ([rows, columns]: MatrixSize, diagonal?: 'none'): number =>
  rows * columns - (diagonal ? rows : 0);

/**
 * The place of an element of a spectrum once the four parts of a transform stand side by side, in blocks of 2×2. PEFT
 * takes the upper right quarter for the differences of rows, and the lower left one for those of columns.
 */
function inBlocks(place: number, [rows, columns]: MatrixSize): number {
  const [row, column] = [Math.floor(place / columns), place % columns];
  const [isLow, isRight] = [row >= rows / 2, column >= columns / 2];
  const [up, left] = [2 * (row % (rows / 2)), 2 * (column % (columns / 2))];
  return (up + Number(isRight)) * columns + left + Number(isLow);
}

/** Random positions for tests of a program: sorted ones unless the table has their order. */
export const anyPositions = (shape: readonly number[], size: MatrixSize, next: () => number): Int32Array =>
  positionsIn(shape, size, shape[0] === 3 ? { seed: Math.floor(next() * 2 ** 32) } : {}, next);
