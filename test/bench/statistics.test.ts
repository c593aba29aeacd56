import { describe, expect, it } from 'vitest';
import { combined, interval, ratio, relativeError, takesPart } from '../../bench/statistics.ts';

describe('interval', () => {
  it('is the median and order statistics on both sides of it, in any order of the samples', () => {
    const samples = Array.from({ length: 15 }, (_, i) => (i * 7) % 15);
    // The 4th and the 12th of 15 samples bound the median with 96 % confidence (binomial, p = 1/2).
    expect(interval(samples)).toEqual({ median: 7, low: 3, high: 11, runs: 15 });
  });

  it('has the mean of the middle two as median of an even number of samples', () => {
    expect(interval([1, 2, 10, 20]).median).toBe(6);
  });

  it('is the whole range where samples are few', () => {
    expect(interval([3, 1, 2])).toEqual({ median: 2, low: 1, high: 3, runs: 3 });
    expect(interval([5])).toEqual({ median: 5, low: 5, high: 5, runs: 1 });
  });
});

describe('ratio', () => {
  it('is the median of ratios within rounds, not a ratio of medians', () => {
    // The machine is ten times slower in the second round, for both contenders.
    expect(ratio([2, 20, 4], [1, 10, 2])).toEqual({ median: 2, low: 2, high: 2, runs: 3 });
  });

  it('leaves out rounds in which a contender did not run', () => {
    expect(ratio([6, 100, 8], [2, undefined, 4])).toEqual({ median: 2.5, low: 2, high: 3, runs: 2 });
    expect(ratio([1, undefined], [undefined, 2])).toBeUndefined();
    expect(ratio([], [])).toBeUndefined();
  });
});

it('combined evaluates a round at a time', () => {
  const both = combined((s, a, b) => s / (a! + b!), [6, 12], [1, 2], [2, undefined]);
  expect(both).toEqual({ median: 2, low: 2, high: 2, runs: 1 });
});

describe('relativeError', () => {
  it('is the Euclidean norm of the difference over that of the expected values', () => {
    expect(relativeError([3, 4], [3, 4])).toBe(0);
    expect(relativeError([3, 9], [3, 4])).toBe(1);
  });

  it('is NaN where it has no meaning', () => {
    expect(relativeError([1], [1, 2])).toBeNaN();
    expect(relativeError([1, Number.NaN], [1, 2])).toBeNaN();
    expect(relativeError([0, 0], [0, 0])).toBeNaN();
  });
});

describe('takesPart', () => {
  const rounds = (of: number, some: number) =>
    Array.from({ length: of }, (_, i) => i).filter((i) => takesPart(i, of, some));

  it.each([
    [15, 5],
    [15, 4],
    [15, 15],
    [7, 5],
    [1, 1],
  ])('of %i rounds %i, equally far apart', (of, some) => {
    const chosen = rounds(of, some);
    expect(chosen).toHaveLength(some);
    const gaps = chosen.slice(1).map((r, i) => r - chosen[i]!);
    expect(Math.max(0, ...gaps) - Math.min(of, ...gaps)).toBeLessThanOrEqual(1);
  });

  it('is every round where there are no more rounds than asked for', () => {
    expect(rounds(3, 5)).toEqual([0, 1, 2]);
  });
});
