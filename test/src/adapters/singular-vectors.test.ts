/** Leading singular vectors compared with a full decomposition, on spectra that are hard for an iterative method. */
import { Matrix, SingularValueDecomposition } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { random } from '../../../src/start/random.ts';
import { type SingularVectors, singularVectors } from '../../../src/start/singular-vectors.ts';

type Size = readonly [number, number];

function drawn([rows, columns]: Size, seed: number): Float64Array {
  const next = random(seed);
  return Float64Array.from({ length: rows * columns }, () => next() - 0.5);
}

/** The matrix Σ σᵢ·uᵢ·vᵢᵀ, row-major. */
const sumOf = ({ left, values, right }: SingularVectors): number[] =>
  Array.from({ length: left[0]!.length }, (_, i) =>
    Array.from({ length: right[0]!.length }, (_, j) =>
      values.reduce((sum, sigma, k) => sum + sigma * left[k]![i]! * right[k]![j]!, 0),
    ),
  ).flat();

/** The distance of vectors from orthonormal ones: the largest element of VVᵀ − I. */
const skewness = (vectors: readonly Float64Array[]): number =>
  Math.max(
    ...vectors.flatMap((a, i) =>
      vectors.map((b, j) => Math.abs(a.reduce((sum, x, k) => sum + x * b[k]!, 0) - (i === j ? 1 : 0))),
    ),
  );

const SIZES: readonly (readonly [...Size, count: number])[] = [
  [1, 1, 1],
  [5, 7, 3],
  [7, 5, 5],
  [48, 130, 8],
  // Sizes at which a single block of the iteration is not enough, and the basis stays smaller than the matrix.
  [200, 210, 2],
  [210, 200, 2],
];

describe.each(SIZES)('of a random %i × %i matrix, the first %i', (rows, columns, count) => {
  const W = drawn([rows, columns], 3);
  const found = singularVectors(W, [rows, columns], count);
  const full = new SingularValueDecomposition(Matrix.from1DArray(rows, columns, [...W]), {
    autoTranspose: true,
  });

  it('are those of a full decomposition', () => {
    expect(found.values).toHaveLength(count);
    for (const [k, sigma] of found.values.entries()) {
      expect(Math.abs(sigma - full.diagonal[k]!) / full.diagonal[0]!).toBeLessThan(1e-12);
      const u = full.leftSingularVectors.getColumn(k);
      const v = full.rightSingularVectors.getColumn(k);
      const along = (a: readonly number[], b: Float64Array) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
      // The angle between the vectors is below 1.5e-5: its cosine differs from 1 by less than 1e-10.
      expect(1 - Math.abs(along(u, found.left[k]!))).toBeLessThan(1e-10);
      // u and v have the same sign: either both are as in the full decomposition, or both are negated.
      expect(along(u, found.left[k]!) * along(v, found.right[k]!)).toBeGreaterThan(0.9);
    }
  });

  it('are orthonormal, and the largest element on the left is positive', () => {
    expect(skewness(found.left)).toBeLessThan(1e-12);
    expect(skewness(found.right)).toBeLessThan(1e-12);
    for (const u of found.left) expect(Math.max(...u)).toBeGreaterThanOrEqual(Math.max(...u.map((x) => -x)));
  });
});

describe('of special matrices', () => {
  it('zero', () => {
    const found = singularVectors(new Float64Array(12), [3, 4], 3);
    expect(found.values).toEqual([0, 0, 0]);
    for (const side of [found.left, found.right]) expect(skewness(side)).toBeLessThan(1e-12);
  });

  it('a lower rank than asked for', () => {
    const W = Float64Array.from(
      { length: 40 * 50 },
      (_, k) => Math.sin(Math.floor(k / 50)) * Math.cos(k % 50),
    );
    const found = singularVectors(W, [40, 50], 20);
    expect(found.values.slice(1).every((sigma) => sigma < 1e-12 * found.values[0]!)).toBe(true);
    for (const side of [found.left, found.right]) expect(skewness(side)).toBeLessThan(1e-12);
    expect(Math.max(...sumOf(found).map((x, k) => Math.abs(x - W[k]!)))).toBeLessThan(1e-13);
  });

  it('equal values, more of them than a block has', () => {
    const n = 120;
    const W = Float64Array.from({ length: n * n }, (_, k) => (k % (n + 1) === 0 ? (k < 20 * n ? 2 : 1) : 0));
    for (const sigma of singularVectors(W, [n, n], 6).values) expect(sigma).toBeCloseTo(2, 12);
  });

  it('the same at every call', () => {
    const W = drawn([30, 90], 5);
    expect(singularVectors(W, [30, 90], 4)).toEqual(singularVectors(W, [30, 90], 4));
  });
});
