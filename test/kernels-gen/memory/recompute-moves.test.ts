/** Tensors that are computed again move into an earlier launch. */
import { describe, expect, it } from 'vitest';
import { gpu } from '../../../compiler/devices/index.ts';
import type { Expr } from '../../../compiler/primitives/expr.ts';
import type { Prim } from '../../../compiler/primitives/prim.ts';
import { launched } from '../../../kernels-gen/memory/recompute.ts';
import { type Axes, call, constant, contraction, input, load, map } from '../build.ts';
import { type Computed, followers, kernel, labelsOf, made, ofLaunches, P, stored } from './recomputed.ts';

/** The axes of 8 blocks of 8 × 8. */
const BLOCKS: Axes = [
  ['g', 8],
  ['i', 8],
  ['j', 8],
];
const inputs = (count: number, name = 'A') =>
  Array.from({ length: count }, (_, i) => input(`${name}${i}`, [8, 8, 8]));
/** A map of blocks that reads tensors block by block, with so many operations an element besides. */
const blocks = (label: string, reads: readonly Prim[], each: number) => {
  const whole = reads.map((_, arg) => load(arg, 'g', 'j', 'i')).reduce((a, b) => call('add', a, b));
  return map(
    label,
    reads,
    BLOCKS,
    Array.from({ length: each }).reduce<Expr>((e) => call('neg', e), whole),
  );
};
const times = (label: string, a: Prim, b: Prim) =>
  contraction(label, [a, b], BLOCKS, [['k', 8]], load(0, 'g', 'i', 'k'), load(1, 'g', 'k', 'j'));
/** Blocks that are summed over tokens. */
const summed = (label: string, of: Prim) =>
  contraction(label, [of], BLOCKS, [['t', 'tokens']], load(0, 't'), constant(1));

/** A tensor of the tokens' size that reads others, and seven such tensors that are live at once after it. */
const peak = (reads: readonly Prim[]) => {
  const u = made('u', 'tokens', reads);
  const v = Array.from({ length: 6 }, () => made('v', 'tokens', [u]));
  const w = made('w', 'tokens', v);
  return { kernels: [u, ...v, w], w };
};
/** The launches after the first memory peak. */
const afterPeak = (tensors: readonly Computed[], y: Computed): string => {
  const { launches } = launched([...tensors, y, P].map(kernel), stored([y, P]), 1000, gpu);
  return labelsOf(launches).split(' w ').slice(1).join(' w ');
};

/**
 * After a memory peak, K reads the blocks Q, and y reads R, which is computed from Q and n more tensors. Q and R are
 * computed again then. For y alone R would take a launch of its own: no product is among Q and R, so they are not
 * fused.
 */
const apart = (n: number) => {
  const Q = blocks('Q', inputs(1), 0);
  const R = blocks('R', [Q, ...inputs(n, 'R')], 20);
  const { kernels, w } = peak([R]);
  const G = summed('G', w);
  const K = times('K', Q, G);
  return afterPeak([Q, R, ...kernels, G, K], made('y', 1, [K, R]));
};
/** The same, where y also reads Z = Q·Q, which is computed again in a launch with Q. */
const together = (n: number) => {
  const Q = blocks('Q', inputs(1), 0);
  const R = blocks('R', [Q, ...inputs(n, 'R')], 20);
  const Z = times('Z', Q, Q);
  const { kernels, w } = peak([R, Z]);
  const G = summed('G', w);
  const K = times('K', Q, G);
  return afterPeak([Q, R, Z, ...kernels, G, K], made('y', 1, [K, R, Z]));
};

describe('a tensor is computed again in an earlier launch that computes again all that it needs', () => {
  it('where that saves a launch', () => {
    expect(apart(0)).toBe('G Q+K+R y P');
    expect(together(0)).toBe('G Q+K+R+Z y P');
  });

  it('where it does not join that launch, but what it needs is then computed once', () => {
    expect(apart(6)).toBe('G Q+K R y P');
  });

  it('but not where that saves no launch', () => {
    expect(together(5)).toBe('G Q+K Q+Z R y P');
  });

  it('but not where it would bind more than 8 tensors there', () => {
    expect(apart(7)).toBe('G Q+K Q R y P');
  });

  it('where it fits into the first of the launches that this launch becomes', () => {
    const Q = blocks('Q', inputs(2), 0);
    const R = blocks('R', [Q], 20);
    const { kernels, w } = peak([R]);
    const G = summed('G', w);
    const K = times('K', Q, G);
    // K and L are one launch of 8 tensors, unless K reads the two inputs of Q instead of Q.
    const L = blocks('L', [K, ...inputs(5, 'L')], 0);
    const y = made('y', 1, [L, R]);
    expect(afterPeak([Q, R, ...kernels, G, K, L], y)).toBe('G Q+K+R L y P');
  });

  it('but not where it is part of a launch of more kernels', () => {
    const Q = blocks('Q', inputs(1), 0);
    const R = blocks('R', [Q], 20);
    const { kernels, w } = peak([R]);
    const [G, E] = [summed('G', w), summed('E', w)];
    const K = times('K', Q, G);
    const L = times('L', R, E);
    const y = made('y', 1, [K, L]);
    expect(afterPeak([Q, R, ...kernels, G, K, E, L], y)).toBe('G Q+K E Q R+L y P');
  });

  it('but not where it would be kept during another memory peak', () => {
    const Q = blocks('Q', inputs(1), 0);
    const R = blocks('R', [Q], 20);
    const first = peak([R]);
    const G = summed('G', first.w);
    const K = times('K', Q, G);
    const second = peak([K]);
    const y = made('y', 1, [second.w, R]);
    expect(afterPeak([Q, R, ...first.kernels, G, K, ...second.kernels], y)).toBe(
      'G Q+K u v v v v v v w Q R y P',
    );
  });
});

it('tensors whose two launches are more than 5 % of the time are given up, the smaller first', () => {
  const Q = blocks('Q', inputs(1), 0);
  const R = blocks('R', [Q], 20);
  const few: Axes = [
    ['g', 8],
    ['i', 4],
    ['j', 4],
  ];
  const Z = contraction('Z', [Q], few, [['k', 8]], load(0, 'g', 'i', 'k'), load(0, 'g', 'k', 'j'));
  const { kernels, w } = peak([R, Z]);
  const y = made('y', 1, [w, R, Z]);
  const within = (count: number) => {
    const more = followers(y, count - 12);
    const all = [Q, R, Z, ...kernels, y, P, ...more].map(kernel);
    const { launches } = launched(all, stored([P, more.at(-1)!]), 1000, ofLaunches);
    return labelsOf(launches).split(' c')[0];
  };
  expect(within(40)).toBe('Q+Z R u v v v v v v w Q+Z R y P');
  expect(within(39)).toBe('Q+Z R u v v v v v v w y P');
});
