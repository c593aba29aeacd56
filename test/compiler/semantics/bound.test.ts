/**
 * The error bound against simulated devices. They round to f32 after every operation, up or down, are as wrong as
 * WGSL allows, sum in random orders, and flush subnormals or not.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromNumber } from '../../../compiler/dims/rational.ts';
import type { Prim } from '../../../compiler/primitives/prim.ts';
import { F16 } from '../../../compiler/semantics/domains/accuracy.ts';
import { bound, exact, outside, worstRatio } from '../../../compiler/semantics/domains/bound.ts';
import { type Pair, type TensorValue, tensor } from '../../../compiler/semantics/domains/domain.ts';
import { float64 } from '../../../compiler/semantics/domains/float64.ts';
import { InterpretError } from '../../../compiler/semantics/expressions.ts';
import { interpret } from '../../../compiler/semantics/interpret.ts';
import { random } from '../../support/random.ts';
import { device } from './interpret-device.ts';
import {
  ax,
  axes,
  call,
  common,
  drawer,
  input,
  load,
  map,
  matmul,
  program,
  q,
  REAL,
  randomPrim,
  select,
  solve,
} from './interpret-random.ts';

const U = 2 ** -23;

const f32s = (seed: number, n: number, scale = 1) => {
  const next = random(seed);
  return Float64Array.from({ length: n }, () => Math.fround((next() * 2 - 1) * scale));
};
type Arrays = Readonly<Record<string, Float64Array>>;
const bounded = (prim: Prim, inputs: Arrays): TensorValue<Pair> =>
  interpret(
    program(prim),
    bound(),
    Object.fromEntries(Object.entries(inputs).map(([n, v]) => [n, exact([v.length], v)])),
    0,
  ).y!;
const simulated = (prim: Prim, inputs: Arrays, seed: number) =>
  interpret(
    program(prim),
    device(seed),
    Object.fromEntries(Object.entries(inputs).map(([n, v]) => [n, tensor([v.length], v)])),
    0,
  ).y!.values;

describe('devices stay inside the bound of', () => {
  it('random loop nests over every function', () => {
    let [finite, all] = [0, 0];
    fc.assert(
      fc.property(fc.gen(), fc.integer(), (g, seed) => {
        const draw = drawer(g);
        const prim = randomPrim(draw, REAL, true);
        const arrays = Object.fromEntries(
          prim.args.map((p, t) => {
            const n = p.shape.reduce((s, d) => s * Number(d.terms[0]!.coef.num), 1);
            const ids = Float64Array.from({ length: n }, (_, i) => (i * 7 + seed) & 31);
            return [(p as { name: string }).name, p.dtype === 'i32' ? ids : f32s(seed + t, n, 4)];
          }),
        );
        let expected: TensorValue<Pair>;
        try {
          expected = bounded(prim, arrays);
        } catch (e) {
          if (e instanceof InterpretError && e.message.includes('within rounding error')) return;
          throw e;
        }
        all += expected.values.length;
        finite += expected.bounds.filter((b) => b < Infinity).length;
        for (const s of [seed, seed + 1, seed + 2]) {
          expect(outside(simulated(prim, arrays, s), expected)).toBeUndefined();
        }
      }),
      { numRuns: 1500, seed: 3 },
    );
    expect(finite / all).toBeGreaterThan(0.5);
  });

  it('chains of contractions, which they nearly reach and which is within 1000·u·Σ|a||b|', () => {
    let worst = 0;
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 1, max: 6 }),
        (seed, k, m) => {
          const [a, b, c] = [input('a', [m, k]), input('b', [k, 3]), input('c', [3, 4])];
          const inputs = { a: f32s(seed, m * k), b: f32s(seed + 1, k * 3), c: f32s(seed + 2, 12) };
          const magnitude = (prim: Prim) =>
            interpret(
              program(prim),
              float64,
              Object.fromEntries(
                Object.entries(inputs).map(([n, v]) => [n, tensor([v.length], v.map(Math.abs))]),
              ),
              0,
            ).y!.values;
          for (const prim of [matmul(a, b), matmul(matmul(a, b), c)]) {
            const expected = bounded(prim, inputs);
            const actual = simulated(prim, inputs, seed);
            expect(outside(actual, expected)).toBeUndefined();
            worst = Math.max(worst, worstRatio(actual, expected));
            magnitude(prim).forEach((s, i) => {
              expect(expected.bounds[i]!).toBeLessThan(1000 * U * s);
            });
          }
        },
      ),
      { numRuns: 150, seed: 5 },
    );
    expect(worst).toBeGreaterThan(0.1);
  });

  it('Horner polynomials of matrices, softmax and norms', () => {
    const n = 6;
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(1e-30, 1e-3, 1, 30), (seed, scale) => {
        const x = input('x', [n, n]);
        const inputs = { x: f32s(seed, n * n, scale) };
        const reduce = (arg: Prim, combine: 'sum' | 'max', body = load(0, 'i', 'k')): Prim => ({
          kind: 'reduce',
          ...common([n], [arg]),
          axes: axes({ i: n }),
          over: axes({ k: n }),
          combine,
          body,
        });
        const horner = map(
          { i: n, j: n },
          [matmul(x, x), x],
          call('add', call('mul', load(0, 'i', 'j'), q(1, 3)), load(1, 'i', 'j')),
        );
        const shifted = map(
          { i: n, j: n },
          [x, reduce(x, 'max')],
          call('exp', call('sub', load(0, 'i', 'j'), load(1, 'i'))),
        );
        const softmax = map(
          { i: n, j: n },
          [shifted, reduce(shifted, 'sum')],
          call('div', load(0, 'i', 'j'), load(1, 'i')),
        );
        const square = call('mul', load(0, 'i', 'k'), load(0, 'i', 'k'));
        const norm = map(
          { i: n },
          [reduce(x, 'sum', square)],
          call('sqrt', call('add', load(0, 'i'), q(1, 1000000))),
        );
        for (const prim of [horner, softmax, norm]) {
          const expected = bounded(prim, inputs);
          expect(expected.bounds.every((b) => b < Infinity)).toBe(true);
          for (const s of [seed, seed + 1])
            expect(outside(simulated(prim, inputs, s), expected)).toBeUndefined();
        }
      }),
      { numRuns: 150, seed: 9 },
    );
  });

  it('solves of I − Q, which is not absurdly loose', () => {
    for (const n of [1, 2, 5, 16, 32, 64]) {
      const m = 3;
      const v = f32s(n, n * n, Math.min(0.5, 2 / Math.sqrt(n)));
      const a = Float64Array.from(v, (_, e) => {
        const [i, j] = [Math.floor(e / n), e % n];
        return i === j ? 1 : i < j ? v[i * n + j]! : -v[j * n + i]!;
      });
      const inputs = { a, b: f32s(n + 1, n * m) };
      const prim = solve(input('a', [n, n]), input('b', [n, m]));
      const expected = bounded(prim, inputs);
      const reference = interpret(
        program(prim),
        float64,
        { a: tensor([n, n], a), b: tensor([n, m], inputs.b) },
        0,
      ).y!;
      expected.values.forEach((x, i) => {
        expect(x).toBeCloseTo(reference.values[i]!, 10);
      });
      for (const seed of [1, 2, 3]) expect(outside(simulated(prim, inputs, seed), expected)).toBeUndefined();
      expect(Math.max(...expected.bounds)).toBeLessThan(1000 * U * (1 + n / 2));
    }
  });

  it('solves by the largest element, in the order that the device finds', () => {
    for (const n of [1, 2, 3, 6, 12]) {
      for (let seed = 0; seed < 20; seed++) {
        const spread = seed % 2 === 0 ? 1 : 1e6;
        const a = f32s(seed, n * n).map((x, e) => Math.fround(x * spread ** ((Math.floor(e / n) % 3) - 1)));
        // A small leading element, and rows that are nearly alike.
        if (n > 1) a[0] = Math.fround(a[0]! * 1e-7);
        if (n > 2) for (let j = 0; j < n; j++) a[n + j] = Math.fround(a[j]! * (1 + 1e-6 * (j === 1 ? 3 : 1)));
        const inputs = { a, b: f32s(seed + 1, n * 2) };
        const prim = solve(input('a', [n, n]), input('b', [n, 2]), true);
        const expected = bounded(prim, inputs);
        for (const s of [1, 2, 3]) expect(outside(simulated(prim, inputs, s), expected)).toBeUndefined();
      }
    }
    // A matrix whose leading minors are 0 is as good as any other, and a tie takes the first row.
    for (const a of [
      [0, 1, 1, 0],
      [1e-8, 1, 1, 1],
      [1, 1, 1, -1],
    ]) {
      const inputs = { a: Float64Array.from(a, Math.fround), b: Float64Array.of(1, 2) };
      const prim = solve(input('a', [2, 2]), input('b', [2, 1]), true);
      const expected = bounded(prim, inputs);
      expect(Math.max(...expected.bounds)).toBeLessThan(1e-4);
      expect(outside(simulated(prim, inputs, 1), expected)).toBeUndefined();
    }
  });

  it('solves of computed systems', () => {
    const [x, y] = [input('x', [4, 30]), input('y', [30, 4])];
    const scaled = map({ i: 4, j: 4 }, [matmul(x, y)], call('mul', load(0, 'i', 'j'), q(1, 40)));
    const identity = select({ k: 'ieq', a: ax('i'), b: ax('j') }, q(1), q(0));
    const shifted = map({ i: 4, j: 4 }, [scaled], call('sub', identity, load(0, 'i', 'j')));
    const lifted = map({ i: 4, j: 4 }, [shifted], call('sub', load(0, 'i', 'j'), q(100000)));
    const lowered = map({ i: 4, j: 4 }, [lifted], call('add', load(0, 'i', 'j'), q(100000)));
    const prims = [
      solve(lowered, scaled),
      solve(shifted, scaled),
      solve(shifted, input('b', [4, 4])),
      solve(input('a', [4, 4]), scaled),
      solve(lowered, scaled, true),
      solve(scaled, shifted, true),
    ];
    for (let seed = 0; seed < 40; seed++) {
      const a = Float64Array.from({ length: 16 }, (_, e) => (e % 5 === 0 ? 1 : 0));
      const inputs = { x: f32s(seed, 120), y: f32s(seed + 99, 120), a, b: a };
      for (const prim of prims) {
        expect(outside(simulated(prim, inputs, seed), bounded(prim, inputs))).toBeUndefined();
      }
    }
  });

  it('subnormal operands and results, flushed or not', () => {
    const [a, b] = [input('a', [2, 8]), input('b', [8, 2])];
    const scaled = map({ i: 2, j: 8 }, [a], call('mul', load(0, 'i', 'j'), q(2 ** 30)));
    const shrunk = map({ i: 2, j: 8 }, [a], call('div', load(0, 'i', 'j'), q(2 ** 30)));
    for (const [left, right] of [
      [1e-20, 1e-20],
      [1e-30, 1e-3],
      [1e-39, 1],
      [1e-39, 1e30],
      [1e-42, 1e-3],
    ] as const) {
      for (let seed = 0; seed < 40; seed++) {
        const inputs = { a: f32s(seed, 16, left), b: f32s(seed + 1, 16, right) };
        for (const prim of [matmul(a, b), matmul(scaled, b), scaled, shrunk]) {
          expect(outside(simulated(prim, inputs, seed), bounded(prim, inputs))).toBeUndefined();
        }
      }
    }
  });
});

describe('an error bound', () => {
  const at = (prim: Prim, inputs: Arrays = {}) => {
    const { values, bounds } = bounded(prim, inputs);
    return [values[0]!, bounds[0]!] as const;
  };
  const of = (body: Parameters<typeof map>[2]) => at(map({ i: 1 }, [], body));

  it('is 0 for exact values, and one rounding for others', () => {
    expect(of(q(1, 2))).toEqual([0.5, 0]);
    expect(of({ k: 'fromInt', a: { k: 'int', value: 2 ** 24 } })).toEqual([2 ** 24, 0]);
    expect(of({ k: 'fromInt', a: { k: 'int', value: 2 ** 24 + 1 } })[1]).toBeGreaterThanOrEqual(1);
    expect(of(q(1, 3))).toEqual([1 / 3, U / 3]);
    expect(of(call('neg', call('abs', call('max', q(-3), q(-5)))))).toEqual([-3, 0]);
    expect(
      at(matmul(input('a', [1, 3]), input('b', [3, 1])), { a: new Float64Array(3), b: f32s(1, 3) }),
    ).toEqual([0, 0]);
  });

  it('is ∞ where WGSL promises nothing', () => {
    const huge = call('exp', q(80));
    const hopeless = [
      call('mul', huge, huge),
      call('div', q(1), q(0)),
      call('div', q(1), { k: 'const', value: fromNumber(2 ** 127) }),
      call('div', q(1), { k: 'const', value: fromNumber(2 ** -127) }),
      call('log', q(0)),
      call('log', q(-1)),
      call('sqrt', q(-1)),
      call('sin', q(5000)),
    ];
    for (const body of hopeless) expect(of(body)[1]).toBe(Infinity);
    expect(of(call('sqrt', q(0)))).toEqual([0, 0]);
  });

  it('of sin and cos is 2⁻²⁰ over many turns', () => {
    for (const x of [0.1, 2 * Math.PI, -4000])
      expect(of(call('cos', { k: 'const', value: fromNumber(x) }))[1]).toBeLessThan(2 ** -19 + 4000 * U);
  });

  it('of tanh is 10 ULP of the result, however small or large the argument is', () => {
    for (const x of [1e-4, 0.3, 2, 100]) {
      const [value, bound] = of(call('tanh', { k: 'const', value: fromNumber(x) })) as [number, number];
      expect(value).toBeCloseTo(Math.tanh(x), 12);
      expect(bound / value).toBeLessThan(12 * U);
    }
  });

  it('covers both branches of a comparison within rounding error, and only then', () => {
    const third = call('div', q(1), q(3));
    const close = { k: 'flt', a: call('mul', third, q(3)), b: q(1) } as const;
    expect(of(select(close, q(5), q(2)))).toEqual([2, 3]);
    expect(of(select({ k: 'not', a: close }, q(5), q(2)))).toEqual([5, 3]);
    expect(of(select({ k: 'flt', a: third, b: q(1) }, q(5), q(2)))).toEqual([5, 0]);
    const sure = { k: 'ilt', a: { k: 'int', value: 1 }, b: { k: 'int', value: 0 } } as const;
    expect(of(select({ k: 'and', a: close, b: sure }, q(5), q(2)))).toEqual([2, 0]);
    expect(of(select({ k: 'or', a: close, b: sure }, q(5), q(2)))).toEqual([2, 3]);
    const [cond, then, otherwise] = [close, ax('i'), ax('i')];
    expect(() => of({ k: 'fromInt', a: { k: 'iselect', cond, then, else: otherwise } })).toThrow(
      /within rounding error/,
    );
  });

  it('does not depend on how an expression groups its sum', () => {
    const [big, small] = [q(2 ** 24), q(1, 3)];
    const left = of(call('add', call('add', big, small), call('neg', big)));
    const right = of(call('sub', call('add', big, call('neg', big)), call('neg', small)));
    expect(left[1]).toBeCloseTo(right[1], 12);
    expect(left[1]).toBeGreaterThan(1 / 3);
  });

  it('adds the rounding of f16 storage, or of f16 arithmetic where asked', () => {
    const stored = map({ i: 1 }, [], q(1, 3), 'f16');
    expect(at(stored)[1]).toBeCloseTo(2 ** -10 / 3, 6);
    expect(at(map({ i: 1 }, [], q(70000), 'f16'))[1]).toBe(Infinity);
    const half = interpret(program(map({ i: 1 }, [], call('mul', q(3, 2), q(3, 2)))), bound(F16), {}, 0).y!;
    expect([half.values[0], half.bounds[0]]).toEqual([2.25, 2.25 * 2 ** -10]);
  });

  it('reports the first violation', () => {
    const expected: TensorValue<Pair> = {
      shape: [4],
      values: Float64Array.of(1, 2, 3, 4),
      bounds: Float64Array.of(0.5, 0, Infinity, 1),
    };
    expect(outside([1.5, 2, Number.NaN, 3], expected)).toBeUndefined();
    expect(worstRatio([1.25, 2, 9, 4.75], expected)).toBe(0.75);
    expect(outside([1, 2.5, 0, 9], expected)).toEqual({ index: 1, actual: 2.5, value: 2, bound: 0 });
    expect(outside([1, 2, 3, Number.NaN], expected)?.index).toBe(3);
    expect(() => outside([1], expected)).toThrow(RangeError);
  });
});
