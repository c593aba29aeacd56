/** Approximations of low rank, held against a full decomposition. */
import { Matrix, SingularValueDecomposition } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import {
  type Factors,
  ofRank,
  padded,
  squaredError,
  within,
} from '../../../../src/finetune/convert/low-rank.ts';
import { random } from '../support.ts';

type Shape = readonly [number, number];

const drawn = ([rows, columns]: Shape, seed: number): Matrix => {
  const next = random(seed);
  return new Matrix(
    Array.from({ length: rows }, () => Array.from({ length: columns }, () => 2 * next() - 1)),
  );
};
const flat = (m: Matrix): Float64Array => Float64Array.from(m.to1DArray());

/** The smallest error that any matrix of the rank has. */
const best = (m: Matrix, rank: number): number =>
  Math.hypot(...new SingularValueDecomposition(m, { autoTranspose: true }).diagonal.slice(rank));

const product = ({ A, B, rank }: Factors): Matrix =>
  Matrix.from1DArray(B.length / rank, rank, [...B]).mmul(Matrix.from1DArray(rank, A.length / rank, [...A]));

const SHAPES: readonly Shape[] = [
  [30, 41],
  [41, 30],
  [1, 7],
];

describe.each(SHAPES)('of %i × %i', (rows, columns) => {
  const shape: Shape = [rows, columns];
  const W = drawn(shape, 3);
  const change = flat(W);

  it('has the smallest error of its rank, and says how large it is', () => {
    for (const rank of [1, 5, 29].filter((r) => r <= Math.min(rows, columns))) {
      const factors = ofRank(change, shape, rank);
      const error = Matrix.sub(W, product(factors)).norm('frobenius');
      expect(error).toBeCloseTo(best(W, rank), 5);
      expect(Math.sqrt(squaredError(change, factors))).toBeCloseTo(error, 5);
    }
  });

  it('divides each singular value evenly between A and B', () => {
    const { A, B, rank } = ofRank(change, shape, 1);
    expect(rank).toBe(1);
    expect(Math.hypot(...A)).toBeCloseTo(Math.hypot(...B), 5);
  });

  it('takes the lowest rank that the tolerance allows', () => {
    const norm = W.norm('frobenius');
    const most = Math.min(rows, columns);
    for (const tolerance of [0.9, 0.5, 0.1, 1e-6]) {
      const { rank } = within(change, shape, tolerance, most)!;
      expect(best(W, rank)).toBeLessThanOrEqual(tolerance * norm);
      if (rank > 1) expect(best(W, rank - 1)).toBeGreaterThan(tolerance * norm);
    }
    if (most > 1) expect(within(change, shape, 1e-6, most - 1)).toBeUndefined();
  });
});

it('finds a low rank exactly, with singular values of several sizes', () => {
  const shape: Shape = [64, 50];
  const sizes = Matrix.diag([1, 1e-2, 1e-3, 1e-4]);
  const change = flat(
    drawn([64, 4], 1)
      .mmul(sizes)
      .mmul(drawn([4, 50], 2)),
  );
  const factors = within(change, shape, 1e-6, 20)!;
  expect(factors.rank).toBe(4);
  const norm = Math.hypot(...change);
  expect(Math.sqrt(squaredError(change, factors)) / norm).toBeLessThan(1e-7);
});

it('has rank 1 and zeros where nothing is changed', () => {
  const factors = within(new Float64Array(12), [3, 4], 1e-6, 1)!;
  expect(factors).toEqual({ A: new Float32Array(4), B: new Float32Array(3), rank: 1 });
});

it('is the same product with zeros up to a larger rank', () => {
  const shape: Shape = [9, 6];
  const factors = ofRank(flat(drawn(shape, 4)), shape, 2);
  const wider = padded(factors, 5);
  expect([wider.A.length, wider.B.length, wider.rank]).toEqual([30, 45, 5]);
  expect(product(wider).to1DArray()).toEqual(product(factors).to1DArray());
});
