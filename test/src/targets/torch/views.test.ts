/** Loads as views of tensors: slices, parts of dimensions, and what is none of them. */
import { expect, it } from 'vitest';
import { extentOf } from '../../../../compiler/primitives/build.ts';
import type { IntExpr } from '../../../../compiler/primitives/expr.ts';
import { lettersOf, viewOf } from '../../../../src/targets/torch/views.ts';
import { add, asDim, mul, type Size, sub } from '../../../kernels-gen/build.ts';

const axis = (name: string, extent: Size) => ({ name, extent: asDim(extent) });
const AXES = [axis('i', 3), axis('k', 2), axis('c', 'b'), axis('r', 'r'), axis('s', 'b + 1')];

/** The view of a vector of this size at an index, whose axes are named by their letters. */
const viewed = (size: Size, index: IntExpr, axes: string): string | undefined => {
  const used = AXES.filter((a) => axes.includes(a.name));
  return viewOf({ text: 'x', shape: [asDim(size)] }, [index], used)?.text;
};
const of = (size: string): IntExpr => extentOf(asDim(size));

it('positions at equal steps are a slice', () => {
  expect(viewed(12, add(mul('k', 6), mul('i', 2)), 'ik')).toBe('x[:11:2].unflatten(0, (2, 3))');
  expect(viewed('3*b', add('c', of('2*b')), 'c')).toBe('x[2 * b:3 * b]');
});

it('positions with gaps are parts of a dimension', () => {
  const parts = 'x.unflatten(0, (2, 2, 3, 2))';
  expect(viewed(24, add(mul('k', 12), mul('i', 2)), 'ik')).toBe(`${parts}[:, 0, :, 0]`);
  expect(viewed(36, add(mul('i', 12), mul('k', 2)), 'ik')).toBe('x.unflatten(0, (3, 3, 2, 2))[:, 0, :, 0]');
  expect(viewed(24, add(mul('k', 12), mul('i', 2), 7), 'ik')).toBe(`${parts}[:, 1, :, 1]`);
  expect(viewed(24, add(mul('i', 8), 'k', 4), 'ik')).toBe('x.unflatten(0, (3, 4, 2))[:, 2]');
  expect(viewed('6*b', add(mul('i', of('2*b')), 'c', of('b')), 'ic')).toBe('x.unflatten(0, (3, 2, b))[:, 1]');
});

it.each<[string, Size, IntExpr, string]>([
  ['before the first element', 12, sub('i', 3), 'i'],
  ['behind the last element', 3, mul('i', 2), 'i'],
  ['of a dimension without elements', 0, add('i', 0), 'i'],
  ['at steps that divide no other', 12, add(mul('i', 2), mul('k', 3)), 'ik'],
  ['in parts that do not fill the dimension', 13, add(mul('k', 6), 'i'), 'ik'],
  ['beside an axis of a sum of sizes', '4*b + 4', add(mul('k', of('2*b + 2')), 's'), 'ks'],
  ['in parts of a size that they do not divide', 'r*b + 1', mul('r', of('b')), 'r'],
  ['from a place between the parts', 24, add(mul('k', 12), mul('i', 2), 3), 'ik'],
  ['from an unknown place', 6, add(mul('i', 2), of('n')), 'i'],
  ['from a place within a part', '6*b', add(mul('i', of('2*b')), 'c', 1), 'ic'],
  ['from an unknown part', '2*b', add('c', of('n*b')), 'c'],
  ['from a part behind the last', '2*b', add('c', of('2*b')), 'c'],
  ['from a part behind those of each', '6*b', add(mul('i', of('2*b')), 'c', of('2*b')), 'ic'],
])('positions %s have no view', (_, size, index, axes) => {
  expect(viewed(size, index, axes)).toBeUndefined();
});

it('an axis has the first letter of its name, or the first one that is free', () => {
  const letters = lettersOf(['_x', 'a', 'row', 'rank', 'Row'].map((n) => axis(n, 2)));
  expect([...letters.values()]).toEqual(['a', 'b', 'r', 'c', 'd']);
});
