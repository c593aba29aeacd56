/** FRoD's decomposition against PEFT's, and the starts of several modules that share a basis. */
import { describe, expect, it } from 'vitest';
import { frod } from '../../../src/adapters/frod.ts';
import { coordinates, sharedBasis, type Weight } from '../../../src/start/basis.ts';
import { initialise } from '../../../src/start/initialise.ts';
import { random } from '../../../src/start/random.ts';
import { goldenCase, relativeError } from '../../support/golden.ts';

const weightOf = (seed: number, rows: number, columns: number): Weight => {
  const next = random(seed);
  return { data: Float64Array.from({ length: rows * columns }, () => next() - 0.5), shape: [rows, columns] };
};

/** U·diag(λ)·Vᵀ. */
const composed = (
  { shape: [rows, columns] }: Weight,
  U: ArrayLike<number>,
  l: ArrayLike<number>,
  V: ArrayLike<number>,
) =>
  Array.from({ length: rows! * columns! }, (_, n) => {
    const [i, j] = [Math.floor(n / columns!), n % columns!];
    let sum = 0;
    for (let k = 0; k < columns!; k++) sum += U[i * columns! + k]! * l[k]! * V[j * columns! + k]!;
    return sum;
  });

it("is PEFT's, up to the signs of the columns", async () => {
  const { tensors } = await goldenCase('frod-k12');
  const [W, other, V] = ['base.weight', 'other.weight', 'frozen.V'].map((n) => tensors[n]!);
  const n = V!.shape[0]!;
  const basis = sharedBasis(
    [other, W].map((t) => ({ data: Float64Array.from(t!.data, Number), shape: t!.shape })),
  )!;
  const largest = (j: number) => {
    const column = Array.from({ length: n }, (_, i) => V!.data[i * n + j]!);
    const at = column.reduce((best, x, i) => (Math.abs(x) > Math.abs(column[best]!) ? i : best), 0);
    return Math.sign(column[at]! * basis[at * n + j]!);
  };
  const signs = Array.from({ length: n }, (_, j) => largest(j));
  expect(
    relativeError(
      basis.map((x, i) => x * signs[i % n]!),
      V!.data,
    ),
  ).toBeLessThan(1e-6);
  const found = coordinates(W!, V!.data)!;
  expect(relativeError(found.lengths, tensors['start.lambda']!.data)).toBeLessThan(1e-6);
  expect(relativeError(found.directions, tensors['frozen.U']!.data)).toBeLessThan(1e-6);
});

describe.each([
  ['more rows than columns', [7, 5]],
  ['as many rows as columns together', [3, 6]],
  ['fewer rows than columns', [2, 9]],
] as const)('%s', (_, [rows, columns]) => {
  it('every weight is its directions and lengths in the basis', () => {
    const weights = [weightOf(1, rows, columns), weightOf(2, rows, columns)];
    const V = sharedBasis(weights)!;
    for (const W of weights) {
      const { directions, lengths } = coordinates(W, V)!;
      expect(relativeError(composed(W, directions, lengths, V), W.data)).toBeLessThan(1e-10);
      for (let j = 0; j < columns; j++) {
        let square = 0;
        for (let i = 0; i < rows; i++) square += directions[i * columns + j]! ** 2;
        expect(Math.abs(square - (lengths[j]! > 1e-12 ? 1 : 0))).toBeLessThan(1e-12);
      }
    }
  });
});

it('coordinates of a weight with more rows than a call has arguments', () => {
  const rows = 200_000;
  const { lengths } = coordinates({ data: new Float32Array(rows).fill(0.5), shape: [rows, 1] }, [1])!;
  expect(lengths[0]).toBeCloseTo(Math.sqrt(rows / 4), 9);
});

it('weights whose columns depend on each other have no basis, and a start from them is refused', () => {
  const W = { data: Float32Array.from({ length: 12 }, (_, i) => Math.floor(i / 3) + 1), shape: [4, 3] };
  expect(sharedBasis([W])).toBe(undefined);
  expect(() => initialise(frod, { dims: { k: 2 }, frozen: { W }, seed: 0 })).toThrow(
    /'V' starts from a decomposition of 'W', whose 3 columns depend on each other: take weights of full rank/,
  );
  expect(coordinates(W, new Float64Array(9))).toBe(undefined);
});

it('positions lie off the diagonal, and all of them where all are asked for', () => {
  const W = { data: Float32Array.from(weightOf(3, 4, 3).data), shape: [4, 3] };
  const p = initialise(frod, { dims: { k: 6 }, frozen: { W }, seed: 1 }).p!.data;
  const places = Array.from({ length: 6 }, (_, j) => `${p[j]},${p[6 + j]}`);
  expect(places).toEqual(['0,1', '0,2', '1,0', '1,2', '2,0', '2,1']);
  expect(() => initialise(frod, { dims: { k: 7 }, frozen: { W }, seed: 1 })).toThrow(
    /7 positions off the diagonal of a matrix of 3×3: choose at most 6/,
  );
});
