/** Sizes that a printed function finds in the shapes of its arguments. */
import { expect, it } from 'vitest';
import { givenSizes, sizeLines, solvedFrom } from '../../../../src/targets/torch/sizes.ts';
import { dim } from './functions.ts';

const input = (name: string, ...sizes: readonly string[]) => ({ name, shape: sizes.map(dim) });
const lines = (...inputs: readonly ReturnType<typeof input>[]) => sizeLines(inputs, ['use(a, b, c)']);

it('a size is found where it is alone, a factor, or beside a number', () => {
  expect(lines(input('x', 'tokens', 'a'))).toEqual(['a = x.shape[1]']);
  expect(lines(input('x', '2*a'))).toEqual(['a = x.shape[0] // 2']);
  expect(lines(input('x', 'a/2'))).toEqual(['a = x.shape[0] * 2 // 1']);
  expect(lines(input('x', 'a + 3'))).toEqual(['a = (x.shape[0] - 3)']);
  expect(lines(input('x', 'a*b'), input('y', 'a'))).toEqual(['a = y.shape[0]', 'b = x.shape[0] // a']);
});

it('what a size is found by is stated before it', () => {
  expect(sizeLines([input('x', 'a*b'), input('y', 'a')], ['b'])).toEqual([
    'a = y.shape[0]',
    'b = x.shape[0] // a',
  ]);
  expect(sizeLines([input('x', 'a*b'), input('y', 'a')], ['a'])).toEqual(['a = y.shape[0]']);
  expect(sizeLines([input('x', 'a')], ['x.a'])).toEqual([]);
});

it('the side of a triangle is found where nothing else gives it', () => {
  expect(lines(input('v', 'tri(b)'))).toEqual(['b = oftc_torch.triangle_side(v.shape[0])']);
  expect(lines(input('x', 'b'), input('v', 'tri(b)'))).toEqual(['b = x.shape[0]']);
});

it('the first shape that gives a size is the one that is told', () => {
  expect(lines(input('x', 'a'), input('y', 'a'))).toEqual(['a = x.shape[0]']);
});

it.each([
  ['a square', ['b*b'], ['b']],
  ['a quotient', ['a', 'r/a'], ['r']],
  ['a sum of two', ['b', 'a + b'], ['a']],
  ['a sum of three', ['a + b + 1'], ['a', 'b']],
  ['no size', ['0'], []],
])('a function takes the sizes beside its tensors that %s does not give', (_, shape, names) => {
  expect(givenSizes([input('x', ...shape)])).toEqual(names);
});

it('a function takes sizes in the order of their names', () => {
  expect(givenSizes([input('x', 'd*c'), input('y', 'b*a')])).toEqual(['a', 'c']);
});

it('sizes that are given are none that are found', () => {
  expect([...solvedFrom([{ size: dim('a*b'), text: 'n' }], ['a'])]).toEqual([['b', 'n // a']]);
});
