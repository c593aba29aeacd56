/** What each start draws, and what initialise and the declarations refuse. */
import { describe, expect, it } from 'vitest';
import { hoft } from '../../src/adapters/hoft.ts';
import { oft } from '../../src/adapters/oft.ts';
import {
  frozen,
  type HostTensor,
  type Init,
  initialise,
  input,
  layer,
  type TrainableOptions,
  trainable,
} from '../../src/index.ts';

const OFT = new URL('../../src/adapters/oft.ts', import.meta.url).pathname;

/** A layer of one trainable (3, n, n) after a frozen W. */
const withInit = (init: Init, dtype: 'f32' | 'f16' = 'f32') =>
  layer(
    {
      x: input('tokens', 'n', { dtype }),
      W: frozen(3, 'n', 'n'),
      t: trainable(3, 'n', 'n', { init, dtype }),
    },
    ({ x, t }) => x.add(t.slice(0, 0, 1).reshape('n', 'n').slice(0, 0, 1)),
  );
const drawn = (init: Init, n = 4, seed = 1): HostTensor =>
  initialise(withInit(init), { dims: { n }, seed }).t!;

const code = (f: () => unknown): string => {
  try {
    f();
    return 'accepted';
  } catch (e) {
    return `${(e as { code?: string }).code}: ${(e as Error).message}`;
  }
};

describe('starts', () => {
  it('constants and identities', () => {
    expect([...drawn('zeros').data].every((v) => v === 0)).toBe(true);
    expect([...drawn('ones').data].every((v) => v === 1)).toBe(true);
    expect([...drawn('identity', 2).data]).toEqual([1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1]);
  });

  it('a seed gives the same numbers, and another seed others', () => {
    expect(drawn({ normal: 1 }, 4, 5)).toEqual(drawn({ normal: 1 }, 4, 5));
    expect(drawn({ normal: 1 }, 4, 5)).not.toEqual(drawn({ normal: 1 }, 4, 6));
    // mulberry32(0): 0.26642920868471265, 0.0003297457005828619, 0.2232720274478197.
    expect([...drawn({ uniform: 1 }, 1, 0).data]).toEqual([
      -0.4671415686607361, -0.9993405342102051, -0.5534559488296509,
    ]);
  });

  it('draws of the stated size', () => {
    const std = (t: HostTensor) => Math.sqrt([...t.data].reduce((s, v) => s + v * v, 0) / t.data.length);
    const largest = (t: HostTensor) => Math.max(...[...t.data].map(Math.abs));
    const n = 64;
    expect(Math.abs(std(drawn({ normal: 0.5 }, n)) / 0.5 - 1)).toBeLessThan(0.02);
    expect(Math.abs((std(drawn({ uniform: 0.5 }, n)) * Math.sqrt(3)) / 0.5 - 1)).toBeLessThan(0.02);
    expect(largest(drawn({ kaiming: -1 }, n))).toBeLessThanOrEqual(1 / 8);
    expect(largest(drawn({ kaiming: -1 }, n))).toBeGreaterThan(0.124);
    expect(largest(drawn({ kaiming: 0 }, n))).toBeGreaterThan(0.57);
  });

  it('pairs repeat each vector along their axis, and half as many are its fan-in', () => {
    const { data } = drawn({ pairs: 1, of: { kaiming: 1 } }, 4);
    const row = (i: number, j: number) => [...data.slice((i * 4 + j) * 4, (i * 4 + j + 1) * 4)];
    for (let i = 0; i < 3; i++) {
      expect(row(i, 0)).toEqual(row(i, 1));
      expect(row(i, 2)).toEqual(row(i, 3));
      expect(row(i, 1)).not.toEqual(row(i, 2));
    }
    expect(Math.max(...data.map(Math.abs))).toBeGreaterThan(1 / Math.sqrt(4));
  });

  it('f16 as its bits', () => {
    expect(initialise(withInit('ones', 'f16'), { dims: { n: 1 }, seed: 0 }).t!.data).toEqual(
      Uint16Array.of(0x3c00, 0x3c00, 0x3c00),
    );
  });

  it('from a file, sizes from the frozen weight', () => {
    const W = { data: new Float32Array(5 * 8), shape: [5, 8] };
    const made = initialise(OFT, { config: { share: 'true' }, dims: { b: 4 }, frozen: { W }, seed: 0 });
    expect(made).toEqual({ 'v.0': { data: new Float32Array(6), shape: [1, 6] } });
  });
});

describe('refusals', () => {
  it('of initialise', () => {
    const bare = layer({ x: input('tokens', 'n'), s: trainable('n') }, ({ x, s }) => x.mul(s));
    expect(code(() => initialise(bare, { dims: { n: 4 }, seed: 0 }))).toMatch(/^OFT1036: 's' of 'layer'/);
    expect(code(() => initialise(hoft, { dims: { r: 3, in: 4, out: 5 }, seed: 0 }))).toMatch(
      /^OFT1036: 'u' starts as pairs along axis 0, which has 3 of them/,
    );
    expect(code(() => initialise(oft, { dims: { in: 8 }, seed: 0 }))).toMatch(
      /^OFT3006: .*'v.0'.*depends on r, b/,
    );
    const copied = withInit({ same: 'W' });
    expect(code(() => initialise(copied, { dims: { n: 1 }, seed: 0 }))).toMatch(
      /^OFT4001: .*{ frozen: { W } }/,
    );
    const short = { W: { data: new Float32Array(2), shape: [3, 1, 1] } };
    expect(code(() => initialise(copied, { frozen: short, seed: 0 }))).toMatch(/^OFT4004: /);
  });

  const declared = (options: object) =>
    code(() => trainable('a', 'b', options as TrainableOptions<['a', 'b']>));
  it.each<[object, RegExp]>([
    [{ init: 'zeroes' }, /^OFT1030: init 'zeroes' is not a start: .*Did you mean 'zeros'\?/],
    [{ init: 0 }, /^OFT1030: init is 'zeros'/],
    [{ init: { std: 1 } }, /^OFT1030: init has no form 'std'/],
    [{ init: { normal: -1 } }, /^OFT1030: init normal takes a standard deviation/],
    [{ init: { uniform: Number.NaN } }, /^OFT1030: init uniform takes a bound/],
    [{ init: { kaiming: 2 } }, /^OFT1030: init names an axis of its parameter, which has 2; got 2/],
    [{ init: { pairs: 0 } }, /^OFT1030: /],
    [{ init: { pairs: 0, of: 'zeros' } }, /^OFT1030: pairs repeats random vectors/],
    [{ init: { same: 3 } }, /^OFT1030: init names a parameter as text/],
    [{ init: { same: 'a', rowNorms: 'b' } }, /^OFT1030: /],
    [{ stored: 3 }, /^OFT1030: stored names a tensor in a file/],
    [{ store: 'a' }, /^OFT1030: trainable has no option 'store'.*Did you mean 'stored'\?/],
  ])('of %j', (options, message) => expect(declared(options)).toMatch(message));

  it('of options that another role has', () => {
    expect(code(() => frozen('a', { init: 'zeros' } as object))).toMatch(
      /^OFT1030: only a trainable starts at a value of its own, not a frozen parameter/,
    );
    expect(code(() => input('a', { stored: 'x' } as object))).toMatch(
      /^OFT1030: input has no option 'stored'/,
    );
  });

  const traced = (first: object, second: object) =>
    code(() =>
      layer(
        {
          x: input('tokens', 'a'),
          u: trainable('a', 'b', first),
          v: trainable('b', 'a', second),
        },
        ({ x, u, v }) => x.matmul(u).matmul(v),
      ).trace(),
    );
  it.each<[object, object, RegExp]>([
    [
      {},
      { init: { same: 'w' } },
      /^OFT1035: 'v' starts from 'w', which is no parameter declared before it: before it are u/,
    ],
    [{ init: { same: 'v' } }, {}, /^OFT1035: 'u' starts from 'v'.*there is none/],
    [{}, { init: { same: 'u' } }, /^OFT1035: 'v' starts as 'u', but its shape/],
    [{}, { init: { rowNorms: 'u' } }, /^OFT1035: 'v' starts as one number for each row of 'u'/],
    [{}, { init: 'identity' }, /^OFT1035: 'v' starts as the identity/],
    [{ stored: 'R' }, { stored: 'R' }, /^OFT1035: 'u' and 'v' are both stored as 'R'/],
  ])('of %j and %j', (first, second, message) => expect(traced(first, second)).toMatch(message));
});
