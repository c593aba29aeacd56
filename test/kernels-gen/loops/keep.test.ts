/** Steps that keep, shift and exchange what the lanes of a subgroup have, with random sizes and places. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dimConst, dimVar } from '../../../compiler/dims/dims.ts';
import {
  ax,
  call,
  constant,
  iadd,
  ilt,
  imul,
  int,
  iselect,
  isub,
  load,
} from '../../../compiler/primitives/build.ts';
import type { Expr, IntExpr } from '../../../compiler/primitives/expr.ts';
import { tensor } from '../../../compiler/semantics/domains/domain.ts';
import { field } from '../../../compiler/semantics/domains/field.ts';
import { runLoops } from '../../../kernels-gen/loops/interpret.ts';
import { showLoops } from '../../../kernels-gen/loops/show.ts';
import { type Body, type LoopKernel, type Statement, trips } from '../../../kernels-gen/loops/type.ts';
import { printWgsl } from '../../../kernels-gen/print/wgsl.ts';
import { exchange } from '../../../kernels-gen/schedule/steps/exchange.ts';
import { keep } from '../../../kernels-gen/schedule/steps/keep.ts';
import { loadVectors } from '../../../kernels-gen/schedule/steps/load-vectors.ts';
import { shift } from '../../../kernels-gen/schedule/steps/shift.ts';
import { scheduled } from '../../../kernels-gen/schedule/steps/step.ts';
import { runs } from '../../support/runs.ts';
import { loop, memory } from './statements.ts';

const [IN, OUT, HELD, D] = [0, 1, 2, 3];
const barrier: Statement = { k: 'barrier', scope: 'workgroup' };
const store = (to: number, index: readonly IntExpr[], value: Expr): Statement => ({
  ...{ k: 'store', to, index, value },
});
const at = (row: string, by: number, col: string) => iadd(imul(ax(row), int(by)), ax(col));

/** The output for random residues. */
function run(kernel: LoopKernel, elements: number, seed: number): number[] {
  const values = Array.from({ length: elements }, (_, n) => (n * n * 3 + n * seed + 1) % 7);
  return [...runLoops(kernel, field(7), [tensor([elements], values)], { tokens: 1 })[0]!.values];
}

/** Lanes hold an array, of which `read` gives the place that each output element takes. */
function holding(lanes: number, each: number, read: IntExpr, to: IntExpr = at('j', lanes, 'l')): LoopKernel {
  const n = lanes * each;
  const body: Body = [
    loop('j', each, 'unrolled', [store(HELD, [to], load(IN, [at('j', lanes, 'l')]))]),
    barrier,
    loop('k', each, 'unrolled', [
      { k: 'let', name: 'p', value: at('k', lanes, 'l'), extent: memory('', 'input', n).shape[0]! },
      store(OUT, [ax('p')], load(HELD, [read])),
    ]),
  ];
  const memories = [memory('a', 'input', n), memory('out', 'output', n), memory('held', 'workgroup', n)];
  return { memories, threads: lanes, body: [loop('l', lanes, 'invocation', body)] };
}

describe('keep', () => {
  test('an array that lanes hold', () => {
    const places: Readonly<Record<string, (n: number) => IntExpr>> = {
      own: () => ax('p'),
      one: () => int(0),
      last: (n) => isub(int(n - 1), ax('p')),
      other: (n) => iselect(ilt(ax('p'), int(n - 1)), iadd(ax('p'), int(1)), int(0)),
    };
    fc.assert(
      fc.property(
        fc.constantFrom(2, 4, 8),
        fc.constantFrom(1, 2, 3, 4, 8),
        fc.constantFrom(1, 2, 4),
        fc.constantFrom(...Object.keys(places)),
        fc.nat(6),
        (lanes, each, width, place, seed) => {
          const n = lanes * each;
          const own = holding(lanes, each, places[place]!(n));
          const { loops } = scheduled(own, [keep('held', { lanes, width })]);
          expect(loops.memories[HELD]!.space).toBe('lanes');
          expect(run(loops, n, seed)).toEqual(run(own, n, seed));
        },
      ),
      runs(100, 3000),
    );
  });

  test('reads of other lanes are shuffles, of several registers a selection', () => {
    const code = (read: IntExpr) => {
      const { loops, naive, steps } = scheduled(holding(8, 2, read), [keep('held', { lanes: 8 })]);
      return printWgsl({ loops, naive, steps }).module.wgsl;
    };
    expect(code(int(3))).toContain('out[lane] = subgroupShuffle(f_0, 3);');
    expect(code(isub(int(15), ax('p')))).toMatch(/out\[lane\] = subgroupShuffleXor\(.+, 7\);/);
    const next = code(iselect(ilt(ax('p'), int(15)), iadd(ax('p'), int(1)), int(0)));
    expect([next.match(/subgroupShuffle\(/g)?.length, next.match(/select\(/g)?.length]).toEqual([4, 2]);
  });

  test('the text of the step says whether registers make vectors', () => {
    expect([1, 2].map((width) => keep('held', { lanes: 8, width }).says)).toEqual([
      'keep held in registers of 8 lanes',
      'keep held in vectors of registers of 8 lanes',
    ]);
  });

  test('a lane stores its element under a condition, beside digits of sizes that only a run knows', () => {
    const axes = [
      { name: 'x', extent: dimConst(2) },
      { name: 'y', extent: dimVar('tokens') },
    ];
    const own = [ax('l')];
    const body: Body = [
      { k: 'if', cond: ilt(ax('l'), int(2)), body: [store(HELD, own, load(IN, own))] },
      { k: 'digits', axes, of: ax('l') },
      store(OUT, own, load(HELD, own)),
    ];
    // The loop says nothing of a stride, which is then 1.
    const lanes: Statement = { k: 'for', axis: 'l', trips: trips(dimConst(4)), how: 'invocation', body };
    const kernel = { memories: holding(4, 2, int(0)).memories, threads: 4, body: [lanes] };
    const { loops } = scheduled(kernel, [keep('held', { lanes: 4 })]);
    expect(showLoops(loops).split('\n').slice(-5)).toEqual([
      'for l in 4 by invocation / 1:',
      '  if l < 2:',
      '    held[0, l] = a[l]',
      '  let (x, y) = digits of l',
      '  out[l] = held[0, l]',
    ]);
  });

  test('a read of registers that only a run knows has no code', () => {
    const own = holding(8, 2, { k: 'imod', a: imul(ax('p'), ax('k')), by: 16 });
    const inTurn = (block: Body): Body =>
      block.map((s) =>
        s.k === 'for' ? { ...s, how: s.axis === 'k' ? 'serial' : s.how, body: inTurn(s.body) } : s,
      );
    const kept = scheduled({ ...own, body: inTurn(own.body) }, [keep('held', { lanes: 8 })]);
    expect(() => printWgsl(kept)).toThrow('that only a run knows');
  });

  test.each([
    ['another memory', 'a', holding(4, 2, int(0)), 'no array of workgroup memory'],
    ['a store that is not the lane’s', 'held', holding(4, 2, int(0), at('l', 2, 'j')), 'another lane has'],
    [
      'a store that no lane runs',
      'held',
      { ...holding(4, 2, int(0)), body: [store(HELD, [int(0)], constant(1))] },
      'another lane has',
    ],
  ])('%s is refused', (_, name, kernel, message) => {
    expect(() => keep(name, { lanes: 4 }).apply(kernel)).toThrow(message);
  });
});

describe('shift', () => {
  /** A sum of d[s] · a[s], whose array is loaded before the loop. */
  const summing = (n: number, ...after: Body): LoopKernel => ({
    memories: [
      ...[memory('a', 'input', n), memory('out', 'output', 1), memory('acc', 'register')],
      memory('d', 'register', 2, n),
    ],
    threads: 1,
    body: [
      loop('i', 2, 'serial', [loop('j', n, 'serial', [store(D, [ax('i'), ax('j')], load(IN, [ax('j')]))])]),
      store(HELD, [], constant(0)),
      loop('s', n, 'serial', [
        {
          ...{ k: 'accumulate', to: HELD, index: [], combine: 'sum' },
          value: call('mul', load(D, [int(1), ax('s')]), load(IN, [ax('s')])),
        },
      ]),
      ...after,
      store(OUT, [int(0)], load(HELD, [])),
    ],
  });

  test('an array along a loop', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.nat(6), (n, seed) => {
        const { naive, loops } = scheduled(summing(n), [shift('d', 's')]);
        expect(run(loops, n, seed)).toEqual(run(naive, n, seed));
      }),
      runs(50, 1000),
    );
  });

  test.each([
    ['an array that is read later', 's', summing(4, store(HELD, [], load(D, [int(0), int(1)]))), 'outside'],
    ['a loop that reads none of it', 'i', summing(4), 'does not read'],
    [
      'an array without a dimension along the loop',
      'j',
      summing(4, loop('q', 4, 'serial', [])),
      'does not read',
    ],
  ])('%s is refused', (_, axis, kernel, message) => {
    expect(() => shift('d', axis).apply(kernel)).toThrow(message);
  });
});

/** A kernel that copies to `held`, changes this to `d`, and stores `d`. */
const copying = (n: number, change: Body): LoopKernel => ({
  memories: [
    memory('a', 'input', n),
    memory('out', 'output', n),
    memory('held', 'workgroup', n),
    memory('d', 'workgroup', n),
  ],
  threads: 1,
  body: [loop('g', 1, 'workgroup', change)],
});

describe('exchange', () => {
  const turning = (rows: number, cols: number, to = at('j', rows, 'i')) =>
    copying(rows * cols, [
      loop('i', rows, 'serial', [
        loop('j', cols, 'serial', [store(OUT, [to], load(IN, [at('i', cols, 'j')]))]),
      ]),
    ]);

  test('a transpose', () => {
    const times = fc.integer({ min: 1, max: 4 });
    fc.assert(
      fc.property(fc.constantFrom(2, 4, 8), times, times, fc.nat(6), (lanes, down, across, seed) => {
        const { naive, loops } = scheduled(turning(lanes * down, lanes * across), [
          exchange('i', 'j', lanes),
        ]);
        const n = lanes * down * lanes * across;
        expect(run(loops, n, seed)).toEqual(run(naive, n, seed));
      }),
      runs(25, 500),
    );
  });

  test.each([
    ['a copy', turning(8, 8, at('i', 8, 'j')), 8, 'do not transpose'],
    ['an incomplete square', turning(8, 12), 8, 'no squares'],
    ['a number of lanes that is no power of two', turning(6, 6), 3, 'no squares'],
  ])('%s is refused', (_, kernel, lanes, message) => {
    expect(() => exchange('i', 'j', lanes).apply(kernel)).toThrow(message);
  });
});

describe('load by vectors', () => {
  const loading = (n: number, value: Expr = load(IN, [ax('p')])) =>
    copying(n, [loop('p', n, 'serial', [store(HELD, [ax('p')], value)])]);

  test('a copy, the last chunk of which may be incomplete', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(4, 8),
        fc.integer({ min: 1, max: 20 }),
        fc.nat(6),
        (lanes, vectors, seed) => {
          const n = 4 * vectors;
          const room = Math.ceil(n / (4 * lanes)) * 4 * lanes;
          const own = loading(n);
          const memories = own.memories.map((m) =>
            m.name === 'held' ? memory('held', 'workgroup', room) : m,
          );
          const { loops } = scheduled({ ...own, memories }, [loadVectors('p', { lanes, how: 'opaque' })]);
          const all: Statement = loop('l', lanes, 'invocation', [
            barrier,
            loop('q', n, 'serial', [
              { k: 'if', cond: ilt(ax('l'), int(1)), body: [store(OUT, [ax('q')], load(HELD, [ax('q')]))] },
            ]),
          ]);
          const [block] = loops.body as [Statement & { k: 'for' }];
          const whole = { ...loops, body: [{ ...block, body: [...block.body, all] }] };
          expect(run(whole, n, seed)).toEqual(
            Array.from({ length: n }, (_, i) => (i * i * 3 + i * seed + 1) % 7),
          );
        },
      ),
      runs(50, 1000),
    );
  });

  test('the loops, in which each element of a vector has a name', () => {
    const axes = ['x', 'y'].map((name) => ({ name, extent: dimConst(4) }));
    const named: Body = [
      { k: 'digits', axes, of: ax('p') },
      store(HELD, [ax('p')], load(IN, [at('x', 4, 'y')])),
    ];
    const { loops } = scheduled(copying(16, [loop('p', 16, 'serial', named)]), [
      loadVectors('p', { lanes: 4, how: 'unrolled' }),
    ]);
    expect(showLoops(loops).split('\n')).toEqual([
      'input a[16]: vectors of f32',
      'output out[16]: f32',
      'workgroup held[16]: f32',
      'workgroup d[16]: f32',
      'lanes loaded[4, 4]: f32',
      '4 invocations a workgroup',
      'for g in 1 workgroup:',
      '  for lane in 4 by invocation / 1:',
      '    for chunk in 1 unrolled:',
      '      let vector = chunk * 4 + lane',
      '      for n in 4 vector:',
      '        let (x, y) = digits of vector * 4 + n',
      '        loaded[n, lane] = a[x * 4 + y]',
      '      for n in 4 vector:',
      '        held[(chunk * 4 + n) * 4 + lane] = loaded[lane mod 4, n * 1 + ⌊lane / 4⌋]',
    ]);
  });

  test.each([
    ['a part of a vector', loading(6)],
    ['a kernel of several invocations', { ...loading(8), threads: 2 }],
    ['a loop without statements', copying(8, [loop('p', 8, 'serial', [])])],
    [
      'a sum',
      copying(8, [
        loop('p', 8, 'serial', [
          { k: 'accumulate', to: HELD, index: [ax('p')], combine: 'sum', value: load(IN, [ax('p')]) },
        ]),
      ]),
    ],
    [
      'a loop with another statement',
      copying(8, [
        loop(
          'p',
          8,
          'serial',
          [OUT, HELD].map((to) => store(to, [ax('p')], load(IN, [ax('p')]))),
        ),
      ]),
    ],
    ['a value that is not loaded alone', loading(8, call('neg', load(IN, [ax('p')])))],
  ])('%s is refused', (_, kernel) => {
    expect(() => loadVectors('p', { lanes: 8, how: 'opaque' }).apply(kernel)).toThrow('whole vectors');
  });
});
