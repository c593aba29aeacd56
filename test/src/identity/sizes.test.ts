import { expect, test } from 'vitest';
import { printSizes } from '../../../src/identity/sizes.ts';

test('Printed sizes name each dimension, and the counts of tokens behind them', () => {
  expect(printSizes({ in: 8, r: 2 })).toBe('in=8, r=2');
  expect(printSizes({ in: 8 }, 3)).toBe('in=8, tokens=3');
  expect(printSizes({ in: 8 }, 0, 3)).toBe('in=8, tokens=0|3');
});

test('A layer without dimensions of its own has fixed sizes, and no empty place before its tokens', () => {
  expect(printSizes({})).toBe('fixed sizes');
  expect(printSizes({}, 3)).toBe('tokens=3');
});
