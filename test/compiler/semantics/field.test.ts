import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rational } from '../../../compiler/dims/rational.ts';
import type { ScalarFn } from '../../../compiler/primitives/expr.ts';
import type { Prim } from '../../../compiler/primitives/prim.ts';
import { type TensorValue, tensor } from '../../../compiler/semantics/domains/domain.ts';
import { FieldSingular, field, fromRational, P } from '../../../compiler/semantics/domains/field.ts';
import { interpret } from '../../../compiler/semantics/interpret.ts';
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
  naive,
  program,
  RATIONAL,
  randomPrim,
  select,
  solve,
} from './interpret-random.ts';

const element = fc.oneof(fc.integer({ min: 0, max: P - 1 }), fc.constantFrom(0, 1, 2, P - 1, (P - 1) / 2));
const matrix = (m: number, n: number) =>
  fc.array(element, { minLength: m * n, maxLength: m * n }).map((v) => tensor([m, n], v));
const run = (prim: Prim, inputs: Record<string, TensorValue<number>>, key = 1) => [
  ...interpret(program(prim), field(key), inputs, 0).y!.values,
];

const big = BigInt(P);
const mod = (x: bigint) => ((x % big) + big) % big;
const power = (x: bigint, n: bigint): bigint =>
  n === 0n ? 1n : n % 2n === 1n ? mod(x * power(x, n - 1n)) : power(mod(x * x), n / 2n);
/** Division in the prime field, by Fermat's little theorem. */
const over = (a: bigint, b: bigint) => mod(a * power(mod(b), big - 2n));
const RING: Readonly<Partial<Record<ScalarFn, (a: bigint, b: bigint) => bigint>>> = {
  add: (a, b) => mod(a + b),
  sub: (a, b) => mod(a - b),
  mul: (a, b) => mod(a * b),
  neg: (a) => mod(-a),
};

describe('ring', () => {
  it('equals a naive evaluation in integers of any size', () => {
    fc.assert(
      fc.property(fc.gen(), (g) => {
        const draw = drawer(g);
        const prim = randomPrim(draw, RATIONAL, false);
        const drawn = prim.args.map(({ shape, dtype }) =>
          Array.from({ length: shape.reduce((p, d) => p * Number(d.terms[0]!.coef.num), 1) }, () =>
            draw(0, dtype === 'i32' ? 59 : P - 1),
          ),
        );
        const expected = naive(
          prim,
          {
            constant: over,
            call: (fn, [a, b]) => RING[fn]!(a!, b!),
            less: () => false,
          },
          drawn.map((t) => t.map(BigInt)),
          drawn[2]!,
        );
        const inputs = prim.args.filter((p) => p.kind === 'input');
        const given = Object.fromEntries(
          inputs.map((p, i) => [p.name, tensor([drawn[i]!.length], drawn[i]!)]),
        );
        const { y } = interpret({ ...program(prim), inputs }, field(0), given, 0);
        expect([...y!.values].map(BigInt)).toEqual(expected);
      }),
      { numRuns: 800, seed: 11 },
    );
  });

  it('divides and reads rationals exactly', () => {
    const f = field(0);
    fc.assert(
      fc.property(
        element,
        element.filter((b) => b !== 0),
        (a, b) => {
          expect(BigInt(f.div(a, b))).toBe(over(BigInt(a), BigInt(b)));
          expect(f.mul(f.div(a, b), b)).toBe(a);
        },
      ),
      { numRuns: 300 },
    );
    expect(f.mul(fromRational(rational(-1n, 3n)), 3)).toBe(P - 1);
    expect(fromRational(rational(10n ** 30n, 7n))).toBe(Number(over(10n ** 30n, 7n)));
    expect([f.fromInt(-1), f.fromInt(P), f.fromInt(2 * P + 5)]).toEqual([P - 1, 0, 5]);
    for (let k = 1; k < P; k += 9973) {
      if (f.fromInt(k * P) !== 0 || f.fromInt(-k * P) !== 0 || f.fromInt(k * P - 1) !== P - 1)
        expect.fail(`±${k}p or ${k}p − 1`);
    }
    for (const singular of [() => f.div(1, 0), () => fromRational(rational(1n, big))]) {
      expect(singular).toThrow(FieldSingular);
    }
  });

  it('(A B) C = A (B C)', () => {
    const [a, b, c] = [input('a', [3, 4]), input('b', [4, 2]), input('c', [2, 5])];
    fc.assert(
      fc.property(matrix(3, 4), matrix(4, 2), matrix(2, 5), (A, B, C) => {
        const inputs = { a: A, b: B, c: C };
        expect(run(matmul(matmul(a, b), c), inputs)).toEqual(run(matmul(a, matmul(b, c)), inputs));
      }),
      { numRuns: 100 },
    );
  });

  it('Cayley: C = (I − Q)⁻¹(I + Q) has C Cᵀ = I', () => {
    const n = 5;
    const given = input('v', [n, n]);
    const skew = map({ i: n, j: n }, [given], call('sub', load(0, 'i', 'j'), load(0, 'j', 'i')));
    const identity = select(
      { k: 'ieq', a: ax('i'), b: ax('j') },
      call('exp', { k: 'fromInt', a: { k: 'int', value: 0 } }),
      {
        k: 'fromInt',
        a: { k: 'int', value: 0 },
      },
    );
    const shifted = (fn: 'add' | 'sub') => map({ i: n, j: n }, [skew], call(fn, identity, load(0, 'i', 'j')));
    const C = solve(shifted('sub'), shifted('add'));
    const transposed = map({ i: n, j: n }, [C], load(0, 'j', 'i'));
    const eye = Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
    const dense = fc.array(fc.integer({ min: 0, max: P - 1 }), { minLength: n * n, maxLength: n * n });
    fc.assert(
      fc.property(dense, (v) => {
        expect(run(matmul(C, transposed), { v: tensor([n, n], v) })).toEqual(eye);
      }),
      { numRuns: 100 },
    );
  });

  it('solves with a zero pivot and refuses a singular matrix', () => {
    const prim = solve(input('a', [2, 2]), input('b', [2, 1]));
    const b = tensor([2, 1], [3, 5]);
    expect(run(prim, { a: tensor([2, 2], [0, 1, 1, 0]), b })).toEqual([5, 3]);
    expect(() => run(prim, { a: tensor([2, 2], [1, 2, 2, 4]), b })).toThrow(FieldSingular);
  });

  it('scatter is the adjoint of gather', () => {
    const [ids, x, y] = [input('ids', [6], 'i32'), input('x', [4]), input('y', [6])];
    const at = { k: 'iload', arg: 0, index: [ax('i')] } as const;
    const gather = map({ i: 6 }, [ids, x], { k: 'load', arg: 1, index: [at] });
    const scatter: Prim = {
      kind: 'scatter',
      ...common([4], [ids, y]),
      axes: axes({ i: 6 }),
      at: [at],
      body: load(1, 'i'),
    };
    const dot = (n: number, a: Prim, b: Prim): Prim => ({
      kind: 'reduce',
      ...common([], [a, b]),
      axes: [],
      over: axes({ i: n }),
      combine: 'sum',
      body: call('mul', load(0, 'i'), load(1, 'i')),
    });
    const index = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(index, matrix(1, 4), matrix(1, 6), (i, X, Y) => {
        const inputs = { ids: tensor([6], i), x: X, y: Y };
        expect(run(dot(4, scatter, x), inputs)).toEqual(run(dot(6, y, gather), inputs));
      }),
      { numRuns: 100 },
    );
  });
});

describe('uninterpreted functions', () => {
  it('satisfy the identities they are given', () => {
    fc.assert(
      fc.property(fc.integer(), element, element, element, (key, a, b, c) => {
        const f = field(key);
        const [cos, sin] = [f.cos(a), f.sin(a)];
        expect(f.add(f.mul(cos, cos), f.mul(sin, sin))).toBe(1);
        expect([f.cos(f.neg(a)), f.sin(f.neg(a)), f.tanh(f.neg(a))]).toEqual([
          cos,
          f.neg(sin),
          f.neg(f.tanh(a)),
        ]);
        expect([f.max(a, b), f.min(a, b)]).toEqual([f.max(b, a), f.min(b, a)]);
        expect(f.max(f.max(a, b), c)).toBe(f.max(a, f.max(b, c)));
        expect(f.max(a, b)).toBe(f.less(a, b) ? b : a);
        expect(f.add(f.max(a, b), f.min(a, b))).toBe(f.add(a, b));
        expect(f.abs(a)).toBe(f.max(a, f.neg(a)));
        expect([f.less(a, a), f.less(a, b) + f.less(b, a)]).toEqual([0, a === b ? 0 : 1]);
      }),
      { numRuns: 500 },
    );
    const f = field(5);
    expect([f.exp(0), f.log(1), f.sqrt(0), f.sqrt(1), f.sin(0), f.cos(0), f.tanh(0)]).toEqual([
      1, 0, 0, 1, 0, 1, 0,
    ]);
  });

  it('are functions of key, name and argument, and differ in each', () => {
    const draws = (key: number) => {
      const f = field(key);
      return [f.sqrt, f.exp, f.log, f.sin, f.cos, f.tanh].flatMap((g) => [7, 8, 12345678].map(g));
    };
    expect(draws(3)).toEqual(draws(3));
    const all = [...draws(3), ...draws(4)];
    expect(new Set(all).size).toBe(all.length);
    expect(all.every((x) => Number.isInteger(x) && x >= 0 && x < P)).toBe(true);
    const above = Array.from({ length: 2000 }, (_, i) => Number(field(9).less(i, 3 * i + 1)));
    const share = above.reduce((x, y) => x + y) / above.length;
    expect(share).toBeGreaterThan(0.45);
    expect(share).toBeLessThan(0.55);
  });
});
