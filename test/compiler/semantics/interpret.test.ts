import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dimConst, dimVar, parseDim } from '../../../compiler/dims/dims.ts';
import type { ScalarFn } from '../../../compiler/primitives/expr.ts';
import type { Prim } from '../../../compiler/primitives/prim.ts';
import { Singular, type TensorValue, tensor } from '../../../compiler/semantics/domains/domain.ts';
import { field } from '../../../compiler/semantics/domains/field.ts';
import { erf, float64 } from '../../../compiler/semantics/domains/float64.ts';
import { InterpretError } from '../../../compiler/semantics/expressions.ts';
import { InputError, interpret } from '../../../compiler/semantics/interpret.ts';
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
  q,
  REAL,
  randomPrim,
  select,
  solve,
} from './interpret-random.ts';

const run = (prim: Prim, inputs: Record<string, TensorValue<number>> = {}, tokens = 0) =>
  interpret(program(prim), float64, inputs, tokens).y!;
const values = (prim: Prim, inputs: Record<string, TensorValue<number>> = {}, tokens = 0) => [
  ...run(prim, inputs, tokens).values,
];

const REALS: Readonly<Record<ScalarFn, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  max: Math.max,
  min: Math.min,
  neg: (a) => -a,
  abs: Math.abs,
  sqrt: Math.sqrt,
  exp: Math.exp,
  log: Math.log,
  sin: Math.sin,
  cos: Math.cos,
  tanh: Math.tanh,
  erf,
};

describe('float64', () => {
  it('has the error function to the last digits', () => {
    for (const [x, y] of [
      [1e-10, 1.1283791670955126e-10],
      [0.5, 0.5204998778130465],
      [1, 0.8427007929497149],
      [2, 0.9953222650189527],
      [3, 0.9999779095030014],
      [4.5, 0.9999999998033839],
      [7, 1],
    ] as const) {
      expect(Math.abs(erf(x) - y)).toBeLessThan(3e-16 * y);
      expect(erf(-x)).toBe(-erf(x));
    }
  });

  it('equals a naive evaluation of random loop nests', () => {
    fc.assert(
      fc.property(fc.gen(), (g) => {
        const draw = drawer(g);
        const prim = randomPrim(draw, REAL, true);
        const drawn = prim.args.map(({ shape, dtype }) =>
          Array.from({ length: shape.reduce((p, d) => p * Number(d.terms[0]!.coef.num), 1) }, () =>
            dtype === 'i32' ? draw(0, 59) : draw(-32, 32) / 8,
          ),
        );
        const expected = naive(
          prim,
          {
            constant: (num, den) => Number(num) / Number(den),
            call: (fn, [a, b]) => REALS[fn](a!, b!),
            less: (a, b) => a < b,
          },
          drawn,
          drawn[2]!,
        );
        const inputs = Object.fromEntries(
          prim.args.map((p, i) => [(p as { name: string }).name, tensor([drawn[i]!.length], drawn[i]!)]),
        );
        const actual = interpret(
          { ...program(prim), inputs: prim.args.filter((p) => p.kind === 'input') },
          float64,
          inputs,
          0,
        ).y!.values;
        expect(actual.length).toBe(expected.length);
        expected.forEach((e, i) => {
          const scale = Number.isFinite(e) ? Math.max(1, Math.abs(e)) : 1;
          if (Number.isFinite(e)) expect(Math.abs(actual[i]! - e)).toBeLessThanOrEqual(1e-9 * scale);
          else expect(actual[i]).toBe(e);
        });
      }),
      { numRuns: 1500, seed: 7 },
    );
  });

  it('contracts 257×768×520', () => {
    const [m, k, n] = [257, 768, 520];
    const a = tensor(
      [m, k],
      Float64Array.from({ length: m * k }, (_, i) => Math.sin(i)),
    );
    const b = tensor(
      [k, n],
      Float64Array.from({ length: k * n }, (_, i) => Math.cos(i)),
    );
    const prim = matmul(input('a', [m, k]), input('b', [k, n]));
    const c = run(prim, { a, b });
    for (const [i, j] of [
      [0, 0],
      [256, 519],
      [100, 3],
    ] as const) {
      let s = 0;
      for (let t = 0; t < k; t++) s += a.values[i * k + t]! * b.values[t * n + j]!;
      expect(c.values[i * n + j]).toBeCloseTo(s, 9);
    }
  });

  it('contracts with batch, several row and column axes, and a transposed output', () => {
    const [A, B] = [input('a', [2, 3, 4]), input('b', [2, 4, 5])];
    const prim: Prim = {
      kind: 'contraction',
      ...common([5, 2, 3], [A, B]),
      axes: axes({ j: 5, n: 2, i: 3 }),
      over: axes({ k: 4 }),
      a: load(0, 'n', 'i', 'k'),
      b: load(1, 'n', 'k', 'j'),
    };
    const a = Array.from({ length: 24 }, (_, i) => i % 7);
    const b = Array.from({ length: 40 }, (_, i) => i % 5);
    const out = values(prim, { a: tensor([2, 3, 4], a), b: tensor([2, 4, 5], b) });
    for (let j = 0; j < 5; j++) {
      for (let n = 0; n < 2; n++) {
        for (let i = 0; i < 3; i++) {
          const terms = [0, 1, 2, 3].map((k) => a[(n * 3 + i) * 4 + k]! * b[(n * 4 + k) * 5 + j]!);
          expect(out[(j * 2 + n) * 3 + i]).toBe(terms.reduce((x, y) => x + y));
        }
      }
    }
  });

  it('solves with pivoting, per batch, and names a singular matrix', () => {
    const prim = solve(input('a', [2, 2, 2]), input('b', [2, 2, 1]));
    const b = tensor([2, 2, 1], [3, 5, 4, 6]);
    expect(values(prim, { a: tensor([2, 2, 2], [0, 1, 1, 0, 2, 0, 0, 3]), b })).toEqual([5, 3, 2, 2]);
    // Aᵀ·X = 2 B.
    const turned = { ...prim, a: load(0, 'i0', 'k', 'i1'), b: call('add', prim.b, prim.b) };
    const a2 = tensor([2, 2, 2], [0, 1, 1, 0, 2, 5, 0, 1]);
    values(turned, { a: a2, b }).forEach((x, i) => {
      expect(x).toBeCloseTo([10, 6, 4, -8][i]!, 12);
    });
    const other: Prim = { ...prim, over: axes({ k: 3 }) };
    expect(() => run(other, { a: a2, b })).toThrow(
      "solve 'test' is not of square matrices against (…, n, m)",
    );
    const singular = tensor([2, 2, 2], [1, 0, 0, 1, 1, 1, 1, 1]);
    expect(() => run(prim, { a: singular, b })).toThrow(Singular);
    expect(() => run(prim, { a: singular, b })).toThrow("solve 'test', matrix 1");
    // Rounding leaves a small pivot of this singular matrix, and no zero.
    const a = tensor([3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const x = values(solve(input('a', [3, 3]), input('b', [3, 1])), { a, b: tensor([3, 1], [1, 2, 4]) });
    expect(Math.abs(x[0]!)).toBeGreaterThan(1e14);
  });
});

describe('meaning', () => {
  it('evaluates a shared node once', () => {
    let reads = 0;
    const shared = map({ i: 3 }, [input('a', [3])], call('neg', load(0, 'i')));
    const counting = {
      ...float64,
      neg: (x: number) => {
        reads++;
        return -x;
      },
    };
    const prim = map({ i: 3 }, [shared, shared], call('add', load(0, 'i'), load(1, 'i')));
    const y = interpret(program(prim), counting, { a: tensor([3], [1, 2, 3]) }, 0).y!;
    expect([[...y.values], reads]).toEqual([[-2, -4, -6], 3]);
  });

  it('sums nothing to 0, takes −∞ for the maximum of nothing, and runs at tokens = 0', () => {
    const reduce = (combine: 'sum' | 'max'): Prim => ({
      kind: 'reduce',
      ...common([2]),
      axes: axes({ i: 2 }),
      over: [{ name: 'k', extent: dimVar('tokens') }],
      combine,
      body: q(1),
    });
    expect(values(reduce('sum'))).toEqual([0, 0]);
    expect(values(reduce('sum'), {}, 5)).toEqual([5, 5]);
    expect(values(reduce('max'))).toEqual([-Infinity, -Infinity]);
    // No element of a field is below all others.
    const inField = () => interpret(program(reduce('max')), field(1), {}, 0);
    expect(inField).toThrow(/reduce 'test' takes the maximum of no elements/);
    const none: Prim = { ...map({ i: 0 }, [], q(1)), shape: [dimVar('tokens')] };
    expect(values(none)).toEqual([]);
    expect(() => run(none, {}, 3)).toThrow(/axes of 0 points and 3 elements/);
    for (const tokens of [-1, 0.5, Number.NaN]) expect(() => run(none, {}, tokens)).toThrow(InputError);
  });

  it('evaluates only the branch taken', () => {
    const a = input('a', [2]);
    const guarded = map(
      { i: 4 },
      [a],
      select({ k: 'ilt', a: ax('i'), b: { k: 'int', value: 2 } }, load(0, 'i'), q(7)),
    );
    expect(values(guarded, { a: tensor([2], [1, 2]) })).toEqual([1, 2, 7, 7]);
    const inside = { k: 'ilt', a: ax('i'), b: { k: 'int', value: 2 } } as const;
    const small = { k: 'flt', a: load(0, 'i'), b: q(2) } as const;
    const both = map({ i: 4 }, [a], select({ k: 'and', a: inside, b: small }, q(1), q(0)));
    expect(values(both, { a: tensor([2], [1, 2]) })).toEqual([1, 0, 0, 0]);
    const nothing: Prim = {
      kind: 'contraction',
      ...common([0], [a]),
      axes: axes({ j: 0 }),
      over: axes({ k: 3 }),
      a: load(0, 'k'),
      b: { k: 'fromInt', a: ax('j') },
    };
    expect(values(nothing, { a: tensor([2], [1, 2]) })).toEqual([]);
  });

  it('reads extents as sizes and integers as indices in every domain', () => {
    const ids = input('ids', [3], 'i32');
    const size = map({ i: 1 }, [], { k: 'fromInt', a: { k: 'extent', dim: parseDim('2*tokens+1') } });
    expect(values(size, {}, 4)).toEqual([9]);
    const shifted = map(
      { i: 3 },
      [ids],
      {
        k: 'fromInt',
        a: { k: 'isub', a: { k: 'iload', arg: 0, index: [ax('i')] }, b: { k: 'int', value: 5 } },
      },
      'i32',
    );
    const given = { ids: tensor([3], [7, 5, 6]) };
    expect(values(shifted, given)).toEqual([2, 0, 1]);
    const gathered = map({ i: 3 }, [shifted, map({ i: 3 }, [], { k: 'fromInt', a: ax('i') })], {
      k: 'load',
      arg: 1,
      index: [{ k: 'iload', arg: 0, index: [ax('i')] }],
    });
    expect([...interpret(program(gathered), field(1), given, 0).y!.values]).toEqual([2, 0, 1]);
    const negative = map(
      { i: 3 },
      [ids],
      { k: 'fromInt', a: { k: 'iload', arg: 0, index: [ax('i')] } },
      'i32',
    );
    expect([
      ...interpret(program(negative), field(1), { ids: tensor([3], [-1, 0, 1]) }, 0).y!.values,
    ]).toEqual([-1, 0, 1]);
  });

  it('scatters with repeats', () => {
    const prim: Prim = {
      kind: 'scatter',
      ...common([3], [input('a', [4])]),
      axes: axes({ i: 4 }),
      at: [{ k: 'imod', a: ax('i'), by: 2 }],
      body: load(0, 'i'),
    };
    expect(values(prim, { a: tensor([4], [1, 2, 3, 4]) })).toEqual([4, 6, 0]);
  });
});

describe('errors', () => {
  const a = input('a', [2, 3]);
  const of = (index: readonly [number, number]): Prim =>
    map({ i: 1 }, [a], { k: 'load', arg: 0, index: index.map((value) => ({ k: 'int', value })) });
  const given = { a: tensor([2, 3], [1, 2, 3, 4, 5, 6]) };

  it('names inputs that do not fit', () => {
    expect(() => run(of([0, 0]))).toThrow(/'test' needs an input 'a' of shape \(2, 3\)/);
    expect(() => run(of([0, 0]), { a: tensor([5], [1, 2, 3, 4, 5]) })).toThrow(
      /input 'a' of 'test' has 5 elements; its shape \(2, 3\) has 6/,
    );
    expect(() => run(map({ i: 1 }, [input('ids', [1], 'i32')], q(1)), { ids: tensor([1], [0.5]) })).toThrow(
      /of integers, but element 0 is 0.5/,
    );
    const hostile = map({ i: 1 }, [input('toString', [1])], q(1));
    expect(() => run(hostile)).toThrow(InputError);
    expect(() => tensor([2], [1])).toThrow(RangeError);
  });

  it('names what is out of range, and where', () => {
    expect(() => run(of([2, 0]), given)).toThrow(InterpretError);
    expect(() => run(of([0, 3]), given)).toThrow(
      "map 'test' at i = 0: index 3 of dimension 1 of 'test' is out of range 0..2",
    );
    expect(() => run(of([-1, 0]), given)).toThrow(/index -1 of dimension 0/);
    const minus: Prim = map({ i: 1 }, [], {
      k: 'fromInt',
      a: { k: 'idiv', a: { k: 'int', value: -4 }, by: 2 },
    });
    expect(() => run(minus)).toThrow(/idiv of -4, which is negative/);
    const root: Prim = map({ i: 1 }, [], {
      k: 'fromInt',
      a: { k: 'isqrt', a: { k: 'int', value: 2 ** 24 } },
    });
    expect(() => run(root)).toThrow(/isqrt of 16777216, not in 0..2\^24 - 1/);
    expect(() => run(map({ i: 1 }, [a], load(0, 'i')), given)).toThrow(/rank 2 by 1 indices/);
    expect(() => run(map({ i: 1 }, [a], load(0, 'i', 'z')), given)).toThrow(/axis 'z'/);
    const far: Prim = {
      kind: 'scatter',
      ...common([2]),
      axes: axes({ i: 3 }),
      at: [ax('i')],
      body: q(1),
    };
    expect(() => run(far)).toThrow(/scatter 'test' adds to index 2 of dimension 0, out of range 0..1/);
    const real: Prim = { ...map({ i: 1 }, [a], load(0, 'i', 'i'), 'i32'), shape: [dimConst(1)] };
    expect(() => run(real, given)).toThrow(/makes integers of 'test'/);
  });
});
