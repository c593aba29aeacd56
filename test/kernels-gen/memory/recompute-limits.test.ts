/** Limits of recomputation: which tensors are computed again just below and just above each limit. */
import { describe, expect, it } from 'vitest';
import { DEFAULT_PROFILE, gpu } from '../../../compiler/devices/index.ts';
import type { Prim } from '../../../compiler/primitives/prim.ts';
import type { Kernel } from '../../../kernels-gen/fuse/kernel.ts';
import { launched } from '../../../kernels-gen/memory/recompute.ts';
import { input, load, map } from '../build.ts';
import { batched, blockGradient, rotate } from '../layers.ts';
import {
  A,
  type Computed,
  kernel,
  launches,
  made,
  P,
  product,
  stored,
  summed,
  waiting,
} from './recomputed.ts';

const { flops, bandwidth, launch } = DEFAULT_PROFILE;

describe('tensors are computed again up to', () => {
  /**
   * The sizes: S has s elements, u and v have n each, and y has o. S is read by u, and by y after u and v are live
   * at once.
   */
  interface Waiting {
    readonly s: number;
    readonly n: number;
    readonly o: number;
  }
  const LARGE: Waiting = { s: 1 << 20, n: 1 << 20, o: 1 };
  const SMALL: Waiting = { s: 1 << 16, n: 1 << 20, o: 1 << 19 };
  /** The seconds of memory traffic and launches: `once` for S, u, v, y and P, and `more` for computing S again. */
  const seconds = ({ s, n, o }: Waiting) => ({
    once: (4 * (1 + s + (s + n) + (n + n) + (n + s + o) + 2)) / bandwidth + 5 * launch,
    more: (4 * (1 + s)) / bandwidth + launch,
  });

  it.each([
    ['5 % of the time', LARGE, 0.05],
    ['the share of memory that is saved', SMALL, SMALL.s / (SMALL.s + 2 * SMALL.n + SMALL.o + 1)],
  ])('%s', (_, w, most) => {
    const S = made('S', w.s, [A]);
    const u = made('u', w.n, [S]);
    const v = made('v', w.n, [u]);
    const y = made('y', w.o, [v, S]);
    /** The launches when a product P fills the Plan's time up to `total` seconds. */
    const within = (total: number) => {
      const rest = product('P', 1, Math.round(((total - seconds(w).once) * flops) / 2));
      return launches([S, u, v, y, rest], [y, rest]);
    };
    const least = seconds(w).more / most;
    expect(within(1.0001 * least)).toBe('S u v S y P');
    expect(within(0.9999 * least)).toBe('S u v y P');
  });

  it.each([19, 20])('1 percent of the operations, for the %i largest of many tensors', (worth) => {
    const OPERATIONS = 2 ** 30;
    // Every second tensor is half as large.
    const S = Array.from({ length: 40 }, (_, i) => {
      const size = 2 ** (16 - (i % 2));
      return product(`S${i}`, size, OPERATIONS / 2 / size);
    });
    // Each T lies in the memory of the last one, unless its S is kept.
    const T = S.map((t, i) => made(`T${i}`, 2 ** (16 - (i % 2)), [t]));
    const v = made('v', 16, T);
    const y = made('y', 16, [v, ...S]);
    const all = 100 * (worth + 0.5) * OPERATIONS;
    const rest = product('P', 1, all / 2 - S.length * (OPERATIONS / 2));
    const labels = launches([...S.flatMap((t, i) => [t, T[i]!]), v, y, rest], [y, rest]).split(' ');
    const again = labels.filter((label, i) => labels.indexOf(label) < i);
    expect(again).toHaveLength(worth);
    expect(again.every((label) => S.findIndex((t) => t.label === label) % 2 === 0)).toBe(true);
  });

  it('a Plan’s memory of 10,000 times what is saved', () => {
    const n = 1024;
    /** The launches when the Plan allocates `share` elements for each element saved, most of them in an output. */
    const within = (share: number) => {
      const all = made('all', share * n - 3 * n - 2, [A]);
      const S = made('S', n, [A]);
      const u = made('u', n, [S, all]);
      const v = made('v', n, [u]);
      const y = made('y', 1, [v, S]);
      return launches([all, S, u, v, y, P], [all, y, P]);
    };
    for (const share of [9990, 10_000]) expect(within(share)).toBe('all S u v S y P');
    expect(within(10_010)).toBe('all S u v y P');
  });

  it('1 % of the operations, of maps and products', () => {
    const S = product('S', 1000, 1e5);
    const u = made('u', 1000, [S]);
    const v = summed('v', 1000, [u]);
    const own = 2 * 1000 * 1e5;
    /** The launches when the Plan has `total` operations. */
    const within = (total: number) => {
      const odd = total % 2;
      const rest = product('P', 1, (total - own - 2 - odd) / 2);
      const y = made('y', 1, [v, S], 2 + odd);
      return launches([S, u, v, y, rest], [y, rest]);
    };
    expect(within(100 * own)).toBe('S u v S y P');
    expect(within(100 * own - 1)).toBe('S u v y P');
  });
});

/** Kernels after those, with three more such tensors and one of e elements, which take the same memory. */
const later = (y: Computed, e: number) => {
  const a = made('a', 'tokens', [y]);
  const b = made('b', 'tokens', [a]);
  const c = made('c', 'tokens', [a, b]);
  const d = made('d', e, [a, b, c]);
  return { kernels: [y, a, b, c, d], z: made('z', 1, [a, b, c, d]) };
};

describe('of two tensors, computes again', () => {
  const dear = (label: string, size: number, share: number) =>
    product(label, size, Math.round((1e13 * share) / size));

  it('both, where they take at most 1 % of the operations together', () => {
    const { kernels, y } = waiting(dear('S', 500, 0.0049), dear('T', 500, 0.0049));
    expect(launches([...kernels, y, P], [y, P])).toBe('S T u v w S T y P');
  });

  it.each([
    ['the larger', 250, 500, 0.006, 0.006],
    ['the larger though it is the dearer', 250, 500, 0.006, 0.007],
    ['the larger though it is the cheaper', 250, 500, 0.007, 0.006],
    ['the cheaper of equals', 500, 500, 0.007, 0.006],
  ])('%s, where they are more', (_, s, t, ofS, ofT) => {
    const [S, T] = [dear('S', s, ofS), dear('T', t, ofT)];
    for (const { kernels, y } of [waiting(S, T), waiting(T, S)])
      expect(launches([...kernels, y, P], [y, P])).toMatch(/u v w T y P$/);
  });

  it('the cheaper, where one is enough', () => {
    const [S, T] = [dear('S', 500, 0.003), dear('T', 500, 0.002)];
    for (const { kernels, y } of [waiting(S, T), waiting(T, S)]) {
      const { kernels: more, z } = later(y, 500);
      expect(launches([...kernels, ...more, z, P], [z, P])).toMatch(/u v w T y a b c d z P$/);
    }
  });

  it('the one of at most 1 % of the operations, where the other would save more', () => {
    const { kernels, y } = waiting(dear('S', 250, 0.002), dear('T', 500, 0.02));
    const { kernels: more, z } = later(y, 250);
    expect(launches([...kernels, ...more, z, P], [z, P])).toBe('S T u v w S y a b c d z P');
  });

  it('the one that is no output, and is not stored on purpose', () => {
    const [S, T] = [made('S', 500, [A]), made('T', 2000, [A])];
    const { kernels, y } = waiting(S, T);
    expect(launches([...kernels, y, P], [T, y, P])).toBe('S T u v w S y P');
    const other = waiting(S, { ...made('T', 500, [A]), stored: true });
    expect(launches([...other.kernels, other.y, P], [other.y, P])).toBe('S T u v w S y P');
  });
});

describe('computes nothing again', () => {
  it.each([
    ['of what is no map and no product', summed('S', 500, [A])],
    ['that grows with tokens', made('S', 'tokens', [A])],
    [
      'that grows with tokens in some of its axes',
      map(
        'S',
        [A],
        [
          ['i', 5],
          ['j', 'tokens'],
        ],
        load(0, 0),
      ),
    ],
  ])('%s', (_, S) => {
    const u = made('u', 5000, [S]);
    const v = made('v', 5000, [u]);
    const y = made('y', 1, [v, S]);
    expect(launches([S, u, v, y, P], [y, P])).toBe('S u v y P');
    const T = made('T', 500, [S]);
    const w = made('w', 5000, [T]);
    const x = made('x', 5000, [w]);
    const z = made('z', 1, [x, T]);
    expect(launches([S, T, w, x, z, P], [z, P])).toBe('S T w x z P');
  });

  it('where all candidates together save nothing, though one alone would', () => {
    // u is read twice as well. Once u is as large as v, computing both again saves no memory.
    const launched = (size: number) => {
      const S = made('S', 1500, [A]);
      const u = made('u', size, [S], 1);
      const v = made('v', 'tokens', [u]);
      const w = made('w', 'tokens', [u, v]);
      const y = made('y', 1, [w, S]);
      return launches([S, u, v, w, y, P], [y, P]);
    };
    expect(launched(999)).toBe('S u v w S y P');
    expect(launched(1000)).toBe('S u v w y P');
  });
});

it('a tensor is computed again for readers after the memory peak, not for those before', () => {
  const S = made('S', 500, [A]);
  const t = made('t', 100, [S]);
  const u = made('u', 'tokens', [t, S]);
  const v = made('v', 'tokens', [u]);
  const w = made('w', 'tokens', [u, v]);
  const y = made('y', 1, [w, S]);
  expect(launches([S, t, u, v, w, y, P], [y, P])).toBe('S t u v w S y P');
});

describe('a tensor that a launch of blocks computes again', () => {
  const [R, B, TOKENS, D] = [100, 16, 100, 160];
  const times = (label: string, a: Prim, b: Prim) => ({ ...batched(a, b, R, B), label }) as Computed;
  const S = map(
    'S',
    [input('D', [R, B, D])],
    [
      ['k', R],
      ['i', B],
      ['j', B],
    ],
    load(0, 'k', 'i', 'j'),
  );
  /** u = x·S, and its gradient G, which multiplies S again. */
  const x = input('x', ['tokens', R * B]);
  const u = { ...rotate(x, S, 'tokens', R, B), label: 'u' } as Computed;
  const G = { ...blockGradient(u, x, 'tokens', R, B), label: 'G' } as Computed;
  const y = times('y', S, G);
  const z = times('z', S, y);

  it('is made once for all that read it there', () => {
    expect(launches([S, u, G, y, z, P], [z, P], TOKENS)).toBe('S u G S+y+z P');
  });

  it('takes no launch more, and moves nothing of what the launch holds', () => {
    const [s, n, d] = [R * B * B, TOKENS * R * B, R * B * D];
    const moved = 4 * (d + s + (n + s + n) + (n + n + s) + (s + s + s) + 2);
    const once = (4 * n * B + 4 * s * B) / flops + moved / bandwidth + 5 * launch;
    const within = (total: number) => {
      const rest = product('P', 1, Math.round(((total - once) * flops) / 2));
      return launches([S, u, G, y, z, rest], [z, rest], TOKENS);
    };
    const least = (4 * (d - s)) / bandwidth / 0.05;
    expect(within(1.0001 * least)).toBe('S u G S+y+z P');
    expect(within(0.9999 * least)).toBe('S u G y+z P');
  });
});

it('a product that is added reads what is computed again, too', () => {
  const S = made('S', 500, [A]);
  const u = made('u', 'tokens', [S]);
  const v = made('v', 'tokens', [u]);
  const y = product('y', 1, 2, [v, S]);
  const kernels = [...[S, u, v, P].map(kernel), { ...kernel(y), added: [y] }];
  const last = launched(kernels, stored([y, P]), 1000, gpu).launches.at(-1) as Kernel;
  const [, again] = last.root.args;
  expect([again!.label, again === S]).toEqual(['S', false]);
  expect(last.added![0]!.args[1] === again).toBe(true);
});
