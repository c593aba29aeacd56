/** Multiplies a large matrix by several vectors at once, so that it is read from memory once. */

export type Vector = Float64Array;

/** A matrix that is only multiplied by vectors. */
export interface LinearMap {
  readonly rows: number;
  readonly columns: number;
  /** The products A·v. */
  times(vectors: readonly Vector[]): Vector[];
  /** The products Aᵀ·u. */
  transposedTimes(vectors: readonly Vector[]): Vector[];
}

/** A row-major matrix. The values are not copied. */
export function dense(values: ArrayLike<number>, [rows, columns]: readonly [number, number]): LinearMap {
  const W = values instanceof Float64Array ? values : Float64Array.from(values);
  return {
    rows,
    columns,
    times: (vectors) => products(W, vectors, rows),
    transposedTimes: (vectors) => transposedProducts(W, vectors, columns),
  };
}

/** The transposed matrix. */
export const transposed = ({ rows, columns, times, transposedTimes }: LinearMap): LinearMap => ({
  rows: columns,
  columns: rows,
  times: transposedTimes,
  transposedTimes: times,
});

/** Every sum runs over a row in order, whatever the number of vectors. */
function products(W: Vector, vectors: readonly Vector[], rows: number): Vector[] {
  const all = vectors.map(() => new Float64Array(rows));
  const fours = vectors.length - (vectors.length % 4);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < fours; k += 4) {
      const [a, b, c, d] = [vectors[k]!, vectors[k + 1]!, vectors[k + 2]!, vectors[k + 3]!];
      const n = a.length;
      let [sa, sb, sc, sd] = [0, 0, 0, 0];
      for (let j = 0, at = i * n; j < n; j++, at++) {
        const w = W[at]!;
        sa += w * a[j]!;
        sb += w * b[j]!;
        sc += w * c[j]!;
        sd += w * d[j]!;
      }
      all[k]![i] = sa;
      all[k + 1]![i] = sb;
      all[k + 2]![i] = sc;
      all[k + 3]![i] = sd;
    }
    for (let k = fours; k < vectors.length; k++) {
      const a = vectors[k]!;
      const n = a.length;
      let sum = 0;
      for (let j = 0, at = i * n; j < n; j++, at++) sum += W[at]! * a[j]!;
      all[k]![i] = sum;
    }
  }
  return all;
}

/** Adds four rows of W at a time, in their order. */
function transposedProducts(W: Vector, vectors: readonly Vector[], columns: number): Vector[] {
  const n = columns;
  const all = vectors.map(() => new Float64Array(n));
  const rows = vectors[0]?.length ?? 0;
  const fours = rows - (rows % 4);
  for (let i = 0; i < fours; i += 4) {
    const first = i * n;
    for (const [k, u] of vectors.entries()) {
      const y = all[k]!;
      const [a, b, c, d] = [u[i]!, u[i + 1]!, u[i + 2]!, u[i + 3]!];
      for (let j = 0, at = first; j < n; j++, at++) {
        let sum = y[j]! + a * W[at]!;
        sum += b * W[at + n]!;
        sum += c * W[at + 2 * n]!;
        y[j] = sum + d * W[at + 3 * n]!;
      }
    }
  }
  for (let i = fours; i < rows; i++)
    for (const [k, u] of vectors.entries()) {
      const [y, by] = [all[k]!, u[i]!];
      for (let j = 0, at = i * n; j < n; j++, at++) y[j]! += by * W[at]!;
    }
  return all;
}
