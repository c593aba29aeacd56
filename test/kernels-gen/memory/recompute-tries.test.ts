/** The numbers of repetitions that are tried, and plans whose time is exactly at a limit. */
import { describe, expect, it } from 'vitest';
import { gpu } from '../../../compiler/devices/index.ts';
import { launched, triesOf } from '../../../kernels-gen/memory/recompute.ts';
import { type Axes, call, constant, contraction, input, load, map } from '../build.ts';
import {
  A,
  type Computed,
  followers,
  kernel,
  labelsOf,
  made,
  ofLaunches,
  P,
  product,
  stored,
  waiting,
} from './recomputed.ts';

it.each([
  [1, Infinity],
  [100, Infinity],
  [101, 31],
  [200, 6],
  [336, 1],
  [337, 0],
  [1000, 0],
])('a program of %d launches has time to try %d repetitions', (count, tries) => {
  expect(triesOf(count)).toBe(tries);
});

/** The launches of tensors, of which some are outputs, and the number of repetitions that are left untried. */
const plan = (tensors: readonly Computed[], outputs: readonly Computed[]) => {
  const { launches, untried } = launched(tensors.map(kernel), stored(outputs), 1000, gpu);
  return { labels: labelsOf(launches), untried };
};

describe('of many repetitions', () => {
  const dear = (label: string, size: number, share: number) =>
    product(label, size, Math.round((1e13 * share) / size));
  /**
   * Launches of `count` repetitions. All save nothing but that of S, one of the smallest tensors. S and L, the largest
   * tensor, take the given shares of all operations, and the others take none.
   */
  const among = (count: number, ofS: number, ofL: number) => {
    const L = dear('L', 500, ofL);
    const F = Array.from({ length: count - 2 }, () => made('F', 100, [A]));
    // Outputs read L twice, and each F twice, before the memory peak.
    const early = [L, L, ...F].map((t, i, all) => made('r', 1, i > 2 ? [all[i - 1]!, t] : [t]));
    const q = made('q', 1, F.slice(-1));
    const S = dear('S', 100, ofS);
    const u = made('u', 'tokens', [S]);
    const v = made('v', 'tokens', [u]);
    const w = made('w', 'tokens', [u, v]);
    const y = made('y', 1, [w, S]);
    const before = early.flatMap((r, i) => (i < 2 ? [r] : [F[i - 2]!, r]));
    const { labels, untried } = plan([L, ...before, q, S, u, v, w, y, P], [...early, q, y, P]);
    return { labels: labels.slice(labels.indexOf('q')), untried };
  };

  it('32 are tried one by one, though all are too many operations together', () => {
    expect(among(32, 0.006, 0.006)).toEqual({ labels: 'q S u v w S y P', untried: 0 });
  });

  it('33 are given up from the smallest on, until the rest are few operations', () => {
    expect(among(33, 0.006, 0.006)).toEqual({ labels: 'q S u v w y P', untried: 1 });
  });

  it('33 are tried where all are few operations together', () => {
    expect(among(33, 0.003, 0.006)).toEqual({ labels: 'q S u v w S y P', untried: 0 });
  });
});

it('all are tried where all are little work together, though the largest alone is more', () => {
  const sizes = (n: number): Axes => [
    ['g', 8],
    ['i', 8],
    ['j', n],
  ];
  const Y = map('Y', [input('D', [8, 8, 8, 20])], sizes(8), load(0, 'g', 'i', 'j', 0));
  const X = contraction('X', [Y], sizes(9), [['k', 8]], load(0, 'g', 'i', 'k'), load(0, 'g', 'k', 0));
  const u = made('u', 1, [X]);
  const E = contraction('E', [u], sizes(8), [['k', 'tokens']], load(0, 0), constant(1));
  const both = call('add', load(0, 'g', 'i', 'k'), load(2, 'g', 'i', 'k'));
  const y = contraction('y', [Y, X, E], sizes(9), [['k', 8]], both, load(1, 'g', 'k', 'j'));
  const F = Array.from({ length: 31 }, () => made('F', 10, [A]));
  const read = made('r', 1, F);
  const again = made('q', 1, [read, ...F]);
  // With X alone computed again, y still loads Y from storage. That is more than 5 % of the memory traffic. With Y
  // computed again too, it is less.
  const all = [Y, X, u, E, y, ...F, read, again, made('rest', 160_000, [A])];
  const profile = { ...gpu.chosenBy, flops: Infinity, bandwidth: 1, launch: 0 };
  const device = { ...gpu, chosenBy: profile };
  expect(launched(all.map(kernel), stored(all.slice(-2)), 1000, device).untried).toBe(0);
});

describe('in a long program', () => {
  it('a repetition is tried up to 336 launches', () => {
    const long = (count: number) => {
      const S = made('S', 500, [A]);
      const u = made('u', 'tokens', [S]);
      const v = made('v', 'tokens', [u]);
      const y = made('y', 1, [v, S]);
      const more = followers(y, count - 5);
      const { labels, untried } = plan([S, u, v, y, P, ...more], [P, more.at(-1)!]);
      return { start: labels.slice(0, labels.indexOf(' c')), untried };
    };
    expect(long(336)).toEqual({ start: 'S u v S y P', untried: 0 });
    expect(long(337)).toEqual({ start: 'S u v y P', untried: 1 });
  });

  it('that of the larger tensor is tried', () => {
    for (const [s, t, again] of [
      [250, 500, 'T'],
      [500, 250, 'S'],
    ] as const) {
      const { kernels, y } = waiting(made('S', s, [A]), made('T', t, [A]));
      const more = followers(y, 329);
      const { labels, untried } = plan([...kernels, y, P, ...more], [P, more.at(-1)!]);
      expect(labels).toMatch(`S T u v w ${again} y P c`);
      expect(untried).toBe(1);
    }
  });
});

describe('where time is spent on launches alone, computes again', () => {
  /** The launches of a program of `count` launches, where S has s elements, and u and v have n each. */
  const within = (count: number, s: number, n: number) => {
    const S = made('S', s, [A]);
    const u = made('u', n, [S]);
    const v = made('v', n, [u]);
    const y = made('y', 2, [v, S]);
    const more = followers(y, count - 5);
    const outputs = stored([y, P, more.at(-1)!]);
    const all = [S, u, v, y, P, ...more].map(kernel);
    const labels = labelsOf(launched(all, outputs, 1000, ofLaunches).launches);
    return labels.slice(0, labels.indexOf(' c'));
  };

  it('what takes 5 % of the time', () => {
    expect(within(20, 500, 1000)).toBe('S u v S y P');
    expect(within(19, 500, 1000)).toBe('S u v y P');
  });

  it('what takes as large a share of the time as it saves of the memory', () => {
    // S has 64 of 64 + 2 · 990 + 2 + 1 + 1 elements: one of 32.
    expect(within(32, 64, 990)).toBe('S u v S y P');
    expect(within(32, 64, 991)).toBe('S u v y P');
  });
});
