import { describe, expect, test } from 'vitest';
import { fromNumber, rational } from '../../../compiler/dims/rational.ts';
import { KernelError } from '../../../kernels-gen/index.ts';
import { f32Literal, nearestF32 } from '../../../kernels-gen/wgsl/literal.ts';
import { add, call, constant, contraction, div, input, load, map, mul, program, select } from '../build.ts';
import { integers, planOf, runOnDevice, violations } from '../execute.ts';

describe('element types', () => {
  test('f16 is stored, and computed with in f32', async () => {
    const x = input('x', ['tokens', 33], 'f16');
    const w = input('w', [33, 5], 'f16');
    const y = contraction(
      'y',
      [x, w],
      [
        ['t', 'tokens'],
        ['n', 5],
      ],
      [['k', 33]],
      load(0, 't', 'k'),
      load(1, 'k', 'n'),
      { dtype: 'f16' },
    );
    const p = program({
      y,
      z: map(
        'z',
        [y],
        [
          ['t', 'tokens'],
          ['n', 5],
        ],
        call('mul', load(0, 't', 'n'), constant(1, 2)),
      ),
    });
    expect(await violations(p, 7, integers(p, 7))).toEqual([]);
  });
  test('indices from integer tensors, some of them computed', async () => {
    const table = input('table', [9, 4]);
    const index = input('index', ['tokens'], 'i32');
    const next = map(
      'next',
      [index],
      [['t', 'tokens']],
      {
        k: 'fromInt',
        a: { k: 'imod', a: add({ k: 'iload', arg: 0, index: [{ k: 'axis', name: 't' }] }, 7), by: 9 },
      },
      { dtype: 'i32' },
    );
    const row = (arg: number) => ({ k: 'iload', arg, index: [{ k: 'axis', name: 't' }] }) as const;
    const y = map(
      'y',
      [table, next],
      [
        ['t', 'tokens'],
        ['j', 4],
      ],
      load(0, row(1), 'j'),
    );
    const p = program({ y, next });
    for (const tokens of [0, 7])
      expect(
        await violations(
          p,
          tokens,
          integers(p, tokens, 4).index ? { ...integers(p, tokens, 4), index: Array(tokens).fill(3) } : {},
        ),
      ).toEqual([]);
  });
  test('roots invert packed triangles', async () => {
    const v = input('v', [300]);
    const root = { k: 'isqrt', a: add(mul('i', 8), 1) } as const;
    const y = map('y', [v], [['i', 300]], call('add', load(0, div(root, 2)), { k: 'fromInt', a: root }));
    const p = program({ y });
    expect(await violations(p, 0, integers(p, 0))).toEqual([]);
  });
});

describe('literals', () => {
  test('are the nearest f32, ties to even, also at the ends of the range', () => {
    expect(f32Literal(rational(3n))).toBe('3.0f');
    expect(f32Literal(rational(-1n, 3n))).toBe(`${Math.fround(-1 / 3)}f`);
    expect(nearestF32(rational(2n ** 24n + 1n))).toBe(2 ** 24);
    expect(nearestF32(rational(2n ** 24n + 3n))).toBe(2 ** 24 + 4);
    // The number lies just above a tie of f32. Rounding it to float64 first would give the tie; f32 must round up.
    expect(nearestF32(rational((2n ** 24n + 1n) * 2n ** 60n + 1n))).toBe((2 ** 24 + 2) * 2 ** 60);
    expect(nearestF32(rational(1n, 10n ** 60n))).toBe(0);
    expect(nearestF32(rational(-3n, 2n ** 150n))).toBe(-(2 ** -148));
    expect(nearestF32(fromNumber(3.4028234663852886e38))).toBe(3.4028234663852886e38);
    expect(() => f32Literal(fromNumber(3.5e38))).toThrow(KernelError);
  });
  test('constant expressions compile, whatever their value', async () => {
    const one = input('one', [1]);
    const bodies = [
      call('div', constant(1), constant(0)),
      call('log', constant(-1)),
      call('sqrt', constant(-1)),
      call('exp', constant(1000)),
      call('max', constant(1, 3), constant(-2)),
      call(
        'mul',
        { k: 'const', value: fromNumber(1e38) },
        call('neg', { k: 'const', value: fromNumber(1e-42) }),
      ),
      select({ k: 'flt', a: constant(1), b: constant(2) }, constant(4), constant(5)),
    ];
    const outs = bodies.map(
      (body, n) => [`y${n}`, map(`y${n}`, [one], [['i', 1]], call('mul', load(0, 'i'), body))] as const,
    );
    const p = program(Object.fromEntries(outs));
    const got = await runOnDevice(p, planOf(p), 0, { one: [1] });
    expect(got.y4).toEqual([Math.fround(1 / 3)]);
    expect(got.y6).toEqual([4]);
  });
});
