/**
 * Computes FRoD's hierarchical joint decomposition of weights W_i = U_i·diag(λ_i)·Vᵀ: one basis V for all of them, and the
 * coordinates of each, columns of length λ. PEFT computes the same V, up to the signs of its columns.
 */
import { CholeskyDecomposition, EigenvalueDecomposition, inverse, LuDecomposition, Matrix } from 'ml-matrix';
import type { Vector } from './dense-products.ts';

/** A weight of rows by columns, row-major. */
export interface Weight {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
}

/** PEFT's `regularization_alpha`, which keeps the parts of the weights apart from singular ones. */
const RIDGE = 1e-3;
/** The length of a column, below which it is taken for zero. */
const LEAST = 1e-12;

/** WᵀW. */
function gram({ data, shape }: Weight): Matrix {
  const [rows, columns] = shape as [number, number];
  const all = Matrix.zeros(columns, columns);
  const sums = Array.from({ length: columns }, () => new Float64Array(columns));
  for (let i = 0; i < rows; i++)
    for (let a = 0; a < columns; a++) {
      const [w, sum] = [data[i * columns + a]!, sums[a]!];
      if (w !== 0) for (let b = 0; b < columns; b++) sum[b]! += w * data[i * columns + b]!;
    }
  for (const [a, sum] of sums.entries()) for (const [b, x] of sum.entries()) all.set(a, b, x);
  return all;
}

const eigenvectors = (symmetric: Matrix): Matrix =>
  new EigenvalueDecomposition(symmetric, { assumeSymmetric: true }).eigenvectorMatrix;

/**
 * The basis V (columns, columns) that weights of equally many columns share. Of fewer rows than columns together, it has
 * their right singular vectors. Otherwise, with the stacked weights Q·R and Q_i the rows of Q of weight i, it is Rᵀ·E,
 * where E has the eigenvectors of the mean of (Q_iᵀ·Q_i + α·I)⁻¹. Undefined for weights that do not span all columns.
 */
export function sharedBasis(weights: readonly Weight[]): Float64Array | undefined {
  const columns = weights[0]!.shape[1]!;
  const grams = weights.map(gram);
  const total = grams.reduce((sum, g) => sum.add(g), Matrix.zeros(columns, columns));
  const rows = weights.reduce((n, w) => n + w.shape[0]!, 0);
  if (rows < columns) return Float64Array.from(eigenvectors(total).to1DArray());
  const cholesky = new CholeskyDecomposition(total);
  if (!cholesky.isPositiveDefinite()) return undefined;
  // The stacked weights' R is the transpose of Cholesky's factor, and Q_iᵀ·Q_i is R⁻ᵀ·W_iᵀ·W_i·R⁻¹.
  const lower = cholesky.lowerTriangularMatrix;
  const left = inverse(lower);
  const ridge = Matrix.eye(columns, columns, RIDGE);
  const mean = Matrix.zeros(columns, columns);
  for (const g of grams)
    mean.add(inverse(left.mmul(g).mmul(left.transpose()).add(ridge)).div(weights.length));
  return Float64Array.from(lower.mmul(eigenvectors(symmetric(mean))).to1DArray());
}

const symmetric = (a: Matrix): Matrix => Matrix.add(a, a.transpose()).div(2);

/** The coordinates U·diag(λ) of a weight in a basis: the unit columns U and their lengths λ. Undefined for a singular basis. */
export function coordinates(
  { data, shape }: Weight,
  basis: ArrayLike<number>,
): { readonly directions: Vector; readonly lengths: Vector } | undefined {
  const [rows, columns] = shape as [number, number];
  const V = new Matrix(Array.from({ length: columns }, (_, i) => rowOf(basis, i, columns)));
  const lu = new LuDecomposition(V);
  if (lu.isSingular()) return undefined;
  const W = new Matrix(Array.from({ length: rows }, (_, i) => rowOf(data, i, columns)));
  const B = lu.solve(W.transpose());
  const lengths = Float64Array.from({ length: columns }, (_, j) =>
    Math.sqrt(B.getRow(j).reduce((sum, x) => sum + x * x, 0)),
  );
  const directions = Float64Array.from({ length: rows * columns }, (_, n) => {
    const j = n % columns;
    return lengths[j]! > LEAST ? B.get(j, Math.floor(n / columns)) / lengths[j]! : 0;
  });
  return { directions, lengths };
}

const rowOf = (of: ArrayLike<number>, i: number, columns: number): number[] =>
  Array.from({ length: columns }, (_, j) => of[i * columns + j]!);
