/** Initial values of parameters: what each kind of start draws, and what `initialise` and declarations refuse. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { hoft } from '../../../src/adapters/hoft.ts';
import { oft } from '../../../src/adapters/oft.ts';
import {
  frozen,
  type HostTensor,
  type Init,
  initialise,
  input,
  layer,
  type Param,
  type StatedInit,
  type TrainableOptions,
  trainable,
} from '../../../src/index.ts';

const OFT = fileURLToPath(new URL('../../../src/adapters/oft.ts', import.meta.url));

/** A layer with a frozen W and one trainable of shape (3, n, n), which starts by `init`. */
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
  it('name their axis by its size', () => {
    const along = (kaiming: string | number) =>
      layer(
        { x: input('tokens', 'n'), A: trainable('r', 'n', { init: { kaiming } as StatedInit }) },
        ({ x, A }) => x.matmul(A.T),
      );
    const values = (axis: string | number) => initialise(along(axis), { dims: { r: 2, n: 9 }, seed: 1 });
    expect(values('n')).toEqual(values(1));
    expect(values('r')).toEqual(values(0));
    expect(code(() => withInit({ kaiming: 'n' } as unknown as Init))).toMatch(
      /axes 1 and 2 are both 'n': write its number/,
    );
  });

  it('constants and identities', () => {
    expect([...drawn('zeros').data].every((v) => v === 0)).toBe(true);
    expect([...drawn('ones').data].every((v) => v === 1)).toBe(true);
    expect([...drawn('identity', 2).data]).toEqual([1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1]);
  });

  it('a seed gives the same numbers, and another seed others', () => {
    expect(drawn({ normal: 1 }, 4, 5)).toEqual(drawn({ normal: 1 }, 4, 5));
    expect(drawn({ normal: 1 }, 4, 5)).not.toEqual(drawn({ normal: 1 }, 4, 6));
    // mulberry32 of seed 0 draws 0.26642920868471265, 0.0003297457005828619, 0.2232720274478197; u becomes 2u − 1.
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

describe('frozen parameters', () => {
  const own = layer(
    {
      x: input('tokens', 'in'),
      W: frozen('out', 'in'),
      p: frozen(3, 'in', { dtype: 'i32', init: 'permutation' }),
      q: frozen(3, 'in', { dtype: 'i32', init: { same: 'p' } }),
      U: frozen('out', 'k', { init: { left: 'W' } }),
      s: frozen('k', { init: { singularValues: 'W' } }),
      V: frozen('k', 'in', { init: { right: 'W' } }),
      B: trainable('out', 'one', { init: { left: 'W', power: 0.5, times: -2 } }),
      A: frozen('one', 'in', { init: { right: 'W', power: 1 } }),
    },
    ({ x, W, U, s, V }) => x.matmul(W.add(U.mul(s).matmul(V).neg()).T),
  );
  const W = { data: Float32Array.of(3, 0, 0, 0, -2, 0), shape: [2, 3] };
  const rounded = (t: HostTensor) => [...t.data].map((v) => Math.round(v * 1e6) / 1e6 + 0);
  const make = (seed: number, frozen: Record<string, HostTensor> = {}) =>
    initialise(own, { dims: { k: 2, one: 1 }, frozen: { W, ...frozen }, seed });

  it('start too, unless they are given', () => {
    const all = ['p', 'q', 'U', 's', 'V', 'B', 'A'];
    expect(Object.keys(make(1))).toEqual(all);
    const s = { data: Float32Array.of(1, 1), shape: [2] };
    expect(Object.keys(make(1, { s }))).toEqual(all.filter((name) => name !== 's'));
  });

  it('permutations, each of its own, by seed', () => {
    const { p, q } = make(1);
    expect(p!.data).toBeInstanceOf(Int32Array);
    expect(p!.shape).toEqual([3, 3]);
    expect(q).toEqual(p);
    const rows = (t: HostTensor) => [0, 3, 6].map((row) => [...t.data.slice(row, row + 3)]);
    for (const row of rows(p!)) expect(row.toSorted()).toEqual([0, 1, 2]);
    expect(make(1).p).toEqual(p);
    const drawn = Array.from({ length: 100 }, (_, seed) => rows(make(seed).p!).map(String)).flat();
    // There are 6 permutations. In 300 draws, each comes about 50 times.
    const counts = [...new Set(drawn)].map((row) => drawn.filter((other) => other === row).length);
    expect(counts).toHaveLength(6);
    expect(Math.min(...counts)).toBeGreaterThan(30);
  });

  it('singular vectors and values, whatever the seed', () => {
    const { U, s, V, B, A } = make(1);
    // W = [3 0 0; 0 −2 0] has the values 3 and 2. Signs are such that the largest element of a column of U is
    // positive.
    expect([...s!.data]).toEqual([3, 2]);
    expect(rounded(U!)).toEqual([1, 0, 0, 1]);
    expect(rounded(V!)).toEqual([1, 0, 0, 0, -1, 0]);
    expect(B!.data[0]).toBeCloseTo(-2 * Math.sqrt(3), 6);
    expect(rounded(A!)).toEqual([3, 0, 0]);
    expect(make(2).U).toEqual(U);
  });

  it('are refused where no such start exists', () => {
    expect(code(() => initialise(own, { dims: { k: 3, one: 1 }, frozen: { W }, seed: 0 }))).toMatch(
      /^OFT1036: 'U' starts as 3 singular vectors of 'W', which is \(2, 3\) and has 2: choose a size of at most 2/,
    );
    const wrong = { data: Float32Array.of(1, 2, 3, Number.NaN, 0, 0), shape: [2, 3] };
    expect(code(() => make(1, { W: wrong }))).toMatch(/^OFT1036: 'U' .* 'W', whose element 3 is NaN/);
    expect(code(() => initialise(own, { dims: { k: 1, one: 1, in: 3, out: 2 }, seed: 0 }))).toMatch(
      /^OFT4001: 'U' starts from the values of 'W'/,
    );
    const declared = (param: unknown) =>
      code(() =>
        layer({ x: input('tokens', 'n'), W: frozen('n', 'n', 'n'), p: param as Param }, ({ x }) => x).trace(),
      );
    expect(declared(frozen('n', { dtype: 'i32', init: { normal: 1 } }))).toMatch(
      /^OFT1035: 'p' is of integers, which start as 'permutation'/,
    );
    expect(declared(frozen({ dtype: 'i32', init: 'permutation' }))).toMatch(/^OFT1035: 'p' .* has no axis/);
    expect(declared(frozen('n', { init: { singularValues: 'W' } }))).toMatch(
      /^OFT1035: .*'W', which is no matrix/,
    );
  });

  it('by a negative power are refused where a singular value that is asked for is 0', () => {
    const inverse = layer(
      {
        x: input('tokens', 'in'),
        W: frozen('out', 'in'),
        U: frozen('out', 'k', { init: { left: 'W', power: -1 } }),
      },
      ({ x, W, U }) => x.matmul(W.add(U.matmul(U.T).matmul(W)).T),
    );
    const singular = { data: Float32Array.of(4, 0, 0, 0, 0, 0), shape: [2, 3] };
    const start = (k: number) => initialise(inverse, { dims: { k }, frozen: { W: singular }, seed: 0 });
    expect([...start(1).U!.data]).toEqual([0.25, 0]);
    expect(code(() => start(2))).toMatch(/^OFT1036: 'U' starts with singular value 1, 0, to the power -1/);
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
    [{ init: 0 }, /^OFT1030: a start is no number: write \{ constant: 0 \}/],
    [{ init: { std: 1 } }, /^OFT1030: init has no form 'std'/],
    [{ init: { normal: -1 } }, /^OFT1030: init normal takes a standard deviation/],
    [{ init: { uniform: Number.NaN } }, /^OFT1030: init uniform takes a bound/],
    [
      { init: { kaiming: 2 } },
      /^OFT1030: init names an axis of its parameter, \(.*\), by its size or its number; got 2/,
    ],
    [{ init: { kaiming: 'x' } }, /^OFT1030: .*; got 'x'/],
    [{ init: { pairs: 0 } }, /^OFT1030: /],
    [{ init: { pairs: 0, of: 'zeros' } }, /^OFT1030: pairs repeats random vectors/],
    [{ init: { same: 3 } }, /^OFT1030: init names a parameter as text/],
    [{ init: { same: 'a', rowNorms: 'b' } }, /^OFT1030: /],
    [{ init: { same: 'a', of: { normal: 1 } } }, /^OFT1030: /],
    [{ init: { pairs: 0, of: { normal: 1 }, same: 'a' } }, /^OFT1030: pairs repeats/],
    [{ init: { left: 3 } }, /^OFT1030: init names a parameter as text, { left: 'W' }, not number/],
    [{ init: { left: 'W', right: 'W' } }, /^OFT1030: /],
    [{ init: { power: 1 } }, /^OFT1030: init is 'zeros'/],
    [{ init: { same: 'W', times: 2 } }, /^OFT1030: .*left and right take a power and times/],
    [{ init: { singularValues: 'W', power: 2 } }, /^OFT1030: .*left and right take a power and times/],
    [{ init: { right: 'W', times: Number.NaN } }, /^OFT1030: init times is a finite number; got NaN/],
    [{ init: { basis: 'W', in: 'V' } }, /^OFT1030: a decomposition is { basis: 'W' }/],
    [{ init: { lengths: 'W' } }, /^OFT1030: a decomposition is { basis: 'W' }/],
    [{ init: { positions: 'W', diagonal: true } }, /^OFT1030: positions are those of a matrix/],
    [{ init: { rigth: 'W' } }, /^OFT1030: init has no form 'rigth'.*Did you mean 'right'\?/],
    [{ stored: 3 }, /^OFT1030: stored names a tensor in a file/],
    [{ store: 'a' }, /^OFT1030: trainable has no option 'store'.*Did you mean 'stored'\?/],
  ])('of %j', (options, message) => expect(declared(options)).toMatch(message));

  it('of options that another role has', () => {
    expect(code(() => input('a', { init: 'zeros' } as object))).toMatch(
      /^OFT1030: only a trainable or a frozen parameter starts at a value of its own, not an input/,
    );
    expect(code(() => frozen('a', { project: () => 0 } as object))).toMatch(
      /^OFT1030: only a trainable has a stored value to project, not a frozen parameter/,
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
          v: ('dtype' in second ? frozen : trainable)('b', 'a', second),
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
    [{ init: { same: 'v' } }, {}, /^OFT1035: 'u' starts from 'v'.*declare 'v' before 'u'/],
    [
      {},
      { init: { same: 'u' } },
      /^OFT1035: 'v' starts as 'u': it must be \(a, b\), and is declared \(b, a\)/,
    ],
    [{}, { init: { rowNorms: 'u' } }, /^OFT1035: 'v' starts as one number for each row of 'u'/],
    [{}, { init: 'identity' }, /^OFT1035: 'v' starts as the identity/],
    [{}, { init: 'permutation' }, /^OFT1035: 'v' starts as a permutation, which is of integers/],
    [{}, { init: { left: 'w' } }, /^OFT1035: 'v' starts from 'w', which is no parameter declared before it/],
    [{}, { init: { left: 'u' } }, /^OFT1035: 'v' starts as left of 'u', whose shape is \(a, k\)/],
    [{}, { init: { right: 'u' } }, /^OFT1035: 'v' starts as right of 'u', whose shape is \(k, b\)/],
    [
      {},
      { init: { singularValues: 'u' } },
      /^OFT1035: 'v' starts as singularValues of 'u', whose shape is \(k\)/,
    ],
    [{}, { init: { basis: 'u' } }, /^OFT1035: 'v' starts as basis of 'u', whose shape is \(b, b\)/],
    [{}, { init: { lengths: 'u', in: 'V' } }, /^OFT1035: 'v' starts as lengths of 'u', whose shape is \(b\)/],
    [
      {},
      { dtype: 'i32', init: { positions: 'u' } },
      /^OFT1035: 'v' starts as positions, which are \(2, k\) or \(3, k\), not \(b, a\)/,
    ],
    [{ stored: 'R' }, { stored: 'R' }, /^OFT1035: 'u' and 'v' are both stored as 'R'/],
  ])('of %j and %j', (first, second, message) => expect(traced(first, second)).toMatch(message));

  it('of a start after a tensor of another kind, naming the one of its own', () => {
    const after = () =>
      layer(
        {
          x: input('tokens', 'in'),
          W: frozen('out', 'in'),
          U: frozen('out', 'k', { init: { left: 'W' } }),
          s: frozen('k', { init: { singularValues: 'W' } }),
          t: trainable('l', { init: { singularValues: 'W', after: 'U' } }),
        },
        ({ x, W }) => x.matmul(W.T),
      ).trace();
    expect(code(after)).toBe(
      "OFT1035: 't' starts after 'U', which does not start as singularValues of 'W': 's' does",
    );
  });
});
