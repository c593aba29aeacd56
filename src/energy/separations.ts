/** Measures pairs of neurons, the rows of a weight: the angle between two of them, and the distance of their directions. */
import { random } from '../start/random.ts';

/** Pairs of rows, a flat list i₀, j₀, i₁, j₁, … with i < j, out of `all` pairs. */
export interface Pairs {
  readonly all: number;
  readonly list: Int32Array;
}

/** For each pair, the angle in radians and the distance ‖ŵᵢ − ŵⱼ‖; NaN where a row has no direction. */
export interface Separations {
  readonly angles: Float64Array;
  readonly distances: Float64Array;
}

/** The most pairs that are measured; a weight with more has a sample of so many. */
const MOST_PAIRS = 8192;
/** The seed of the sample. */
export const PAIRS_SEED = 1;

/** All pairs of so many rows, or `most` different ones that are drawn from the seed. */
export function pairsOf(rows: number, most: number = MOST_PAIRS, seed: number = PAIRS_SEED): Pairs {
  const all = (rows * (rows - 1)) / 2;
  if (all <= most) {
    const list = new Int32Array(2 * all);
    let at = 0;
    for (let i = 0; i < rows; i++)
      for (let j = i + 1; j < rows; j++) {
        list[at++] = i;
        list[at++] = j;
      }
    return { all, list };
  }
  const next = random(seed);
  const drawn = new Set<number>();
  while (drawn.size < most) {
    const [i, j] = [Math.floor(next() * rows), Math.floor(next() * rows)];
    if (i !== j) drawn.add(Math.min(i, j) * rows + Math.max(i, j));
  }
  return { all, list: Int32Array.from([...drawn].flatMap((k) => [Math.floor(k / rows), k % rows])) };
}

/**
 * Measures the pairs. An angle is 2·atan2(‖a − b‖, ‖a + b‖) of the directions a and b (Kahan), which loses no digits
 * where they are nearly parallel, as the arc cosine does.
 */
export function separationsOf(W: ArrayLike<number>, width: number, { list }: Pairs): Separations {
  const pairs = list.length / 2;
  const separations = { angles: new Float64Array(pairs), distances: new Float64Array(pairs) };
  const norms = new Map<number, number>();
  const normOf = (row: number): number => {
    let norm = norms.get(row);
    if (norm === undefined) {
      let squares = 0;
      for (let k = row * width; k < (row + 1) * width; k++) squares += W[k]! ** 2;
      norm = Math.sqrt(squares);
      norms.set(row, norm);
    }
    return norm;
  };
  for (let p = 0; p < pairs; p++) {
    const [i, j] = [list[2 * p]!, list[2 * p + 1]!];
    const [a, b] = [1 / normOf(i), 1 / normOf(j)];
    let [apart, together] = [0, 0];
    for (let k = 0; k < width; k++) {
      const [x, y] = [W[i * width + k]! * a, W[j * width + k]! * b];
      apart += (x - y) ** 2;
      together += (x + y) ** 2;
    }
    separations.distances[p] = Math.sqrt(apart);
    separations.angles[p] = 2 * Math.atan2(Math.sqrt(apart), Math.sqrt(together));
  }
  return separations;
}
