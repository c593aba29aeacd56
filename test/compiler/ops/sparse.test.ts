/** Matrices of few elements: the search for their positions, and when they are written instead. */
import { describe, expect, it } from 'vitest';
import { parseDim } from '../../../compiler/dims/dims.ts';
import { apply, input } from '../../../compiler/ir/build.ts';
import type { DType } from '../../../compiler/ir/node.ts';
import { functions } from '../../../compiler/ops/surface.ts';
import { tensor as value } from '../../../compiler/semantics/domains/domain.ts';
import { float64 } from '../../../compiler/semantics/domains/float64.ts';
import { interpret } from '../../../compiler/semantics/interpret.ts';
import { lowered } from '../../support/evaluate.ts';
import { random } from '../../support/random.ts';

const typed = (name: string, shape: string, dtype: DType = 'f32') =>
  input(name, 'frozen', { shape: shape.split(' ').map(parseDim), dtype });
const sparse = (count: number | string, rows: number | string, columns: number | string, form = 2) =>
  functions.sparse(typed('v', `${count}`), typed('p', `${form} ${count}`, 'i32'), rows, columns);

/** `count` of the first `among` elements of a matrix, in their order. */
function chosen(count: number, among: number, columns: number, seed: number) {
  const next = random(seed);
  const all = Array.from({ length: among }, (_, place) => ({ place, at: next() }));
  const places = all
    .sort((a, b) => a.at - b.at)
    .slice(0, count)
    .map(({ place }) => place)
    .sort((a, b) => a - b);
  return places.map((place) => [Math.floor(place / columns), place % columns] as const);
}

describe('the search finds the matrix that is written', () => {
  it.each([
    [1, 1, 1, 1],
    [1, 3, 4, 12],
    [8, 8, 8, 8],
    [8, 20, 20, 8],
    [5, 3, 4, 12],
    [64, 8, 8, 64],
    [64, 20, 20, 64],
    [70, 20, 20, 400],
    [300, 20, 20, 400],
    [9, 40, 30, 1200],
    [1200, 40, 30, 1200],
  ])('%i positions, of %i × %i, among the first %i elements', (count, rows, columns, among) => {
    const positions = chosen(count, among, columns, 7);
    const p = [...positions.map(([row]) => row), ...positions.map(([, column]) => column)];
    const values = {
      v: value(
        [count],
        positions.map((_, n) => n + 1),
      ),
      p: value([2, count], p),
    };
    const [found, written] = [true, false].map(
      (structured) =>
        interpret(lowered({ y: sparse(count, rows, columns) }, structured), float64, values, 1).y!,
    );
    expect(found!.values).toEqual(written!.values);
    expect([...written!.values].filter((x) => x !== 0)).toHaveLength(count);
  });

  it('with an order that sorts the positions', () => {
    const positions = chosen(30, 400, 20, 3).toReversed();
    const order = positions.map((_, n) => 29 - n);
    const p = [...positions.map(([row]) => row), ...positions.map(([, column]) => column), ...order];
    const values = {
      v: value(
        [30],
        positions.map((_, n) => n + 1),
      ),
      p: value([3, 30], p),
    };
    const [found, written] = [true, false].map(
      (structured) => interpret(lowered({ y: sparse(30, 20, 20, 3) }, structured), float64, values, 1).y!,
    );
    expect(found!.values).toEqual(written!.values);
  });
});

it.each([
  [3, 4, 5, 'reduce'],
  ['k', 4, 5, 'scatter'],
  [3, 'n', 5, 'scatter'],
  [3, 4, 'n', 'scatter'],
])('%s positions of a matrix of %s × %s: %s', (count, rows, columns, kind) => {
  expect(lowered({ y: sparse(count, rows, columns) }).outputs[0]!.prim.kind).toBe(kind);
});

it('positions are not searched in the program as written', () => {
  expect(lowered({ y: sparse(3, 4, 5) }, false).outputs[0]!.prim.kind).toBe('scatter');
});

it('elements of a product are computed alone, but not in the program as written', () => {
  const product = apply('matmul', [typed('A', '3 2'), typed('B', '2 4')]);
  const entries = apply('entries', [product, typed('p', '2 5', 'i32')]);
  const kinds = [true, false].map((structured) => lowered({ y: entries }, structured).outputs[0]!.prim.kind);
  expect(kinds[0]).not.toBe('map');
  expect(kinds[1]).toBe('map');
});
