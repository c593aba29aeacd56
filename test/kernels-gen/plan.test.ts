import { describe, expect, test } from 'vitest';
import { rational } from '../../compiler/dims/rational.ts';
import type { Expr } from '../../compiler/primitives/expr.ts';
import type { Prim } from '../../compiler/primitives/prim.ts';
import { planCost, STRATEGIES } from '../../kernels-gen/index.ts';
import { evalExtent, temporaryBytes } from '../../runtime/plan.ts';
import { variantsIn } from '../support/plans.ts';
import {
  add,
  call,
  constant,
  contraction,
  div,
  input,
  load,
  map,
  mul,
  program,
  reduce,
  scatter,
  sub,
} from './build.ts';
import { integers, planOf, rolesOf, runOnDevice, violations } from './execute.ts';
import { generatePlan } from './generate.ts';
import { cayley, matmul, rotate } from './layers.ts';

const double = (label: string, p: Prim) =>
  map(
    label,
    [p],
    p.shape.map((d, i) => [`i${i}`, d]),
    call('add', load(0, ...at(p)), load(0, ...at(p))),
  );
const at = (p: Prim) => p.shape.map((_, i) => `i${i}`);
const product = (label: string, a: Prim, b: Prim, m: number | string, n: number, k: number) =>
  contraction(
    label,
    [a, b],
    [
      ['m', m],
      ['n', n],
    ],
    [['k', k]],
    load(0, 'm', 'k'),
    load(1, 'k', 'n'),
  );

describe('fusion', () => {
  const names = (plan: ReturnType<typeof planOf>) =>
    variantsIn(plan)[0]!.steps.map((s) => plan.kernels[s.kernel]!.name);
  test('a bias is the epilogue of its matmul', () => {
    const plan = planOf(matmul('NT', 'tokens', 64, 64, true));
    expect(names(plan)).toEqual(['contraction_y']);
    expect(variantsIn(plan)[0]!.slots).toEqual([]);
    expect(variantsIn(plan)[0]!.steps[0]!.label).toBe('y; bias');
  });
  test('views cost nothing: transposes and blocks of an operand', () => {
    const w = input('w', [64, 48]);
    const transposed = map(
      'wT',
      [w],
      [
        ['i', 48],
        ['j', 64],
      ],
      load(0, 'j', 'i'),
    );
    const split = map(
      'blocks',
      [transposed],
      [
        ['i', 48],
        ['s', 4],
        ['u', 16],
      ],
      load(0, 'i', add(mul('s', 16), 'u')),
      { shape: [48, 64] },
    );
    expect(
      names(planOf(program({ y: product('y', input('x', ['tokens', 48]), split, 'tokens', 64, 48) }))),
    ).toEqual(['contraction_y']);
  });
  test('an expensive operand is stored once, a cheap little-used one is not', () => {
    const exp = (label: string, p: Prim) =>
      map(
        label,
        [p],
        [
          ['i', 'tokens'],
          ['j', 64],
        ],
        call('exp', load(0, 'i', 'j')),
      );
    const wide = product('y', exp('e', input('x', ['tokens', 64])), input('w', [64, 64]), 'tokens', 64, 64);
    expect(names(planOf(program({ y: wide })))).toEqual(['map_e', 'contraction_y']);
    const narrow = product('y', exp('e', input('x', ['tokens', 64])), input('w', [64, 4]), 'tokens', 4, 64);
    expect(names(planOf(program({ y: narrow })))).toEqual(['contraction_y']);
  });
  test('a map that one reader loads twice is computed twice, and not counted four times', () => {
    const all = [
      ['i', 'tokens'],
      ['j', 64],
    ] as const;
    const e = map('e', [input('x', ['tokens', 64])], all, call('exp', load(0, 'i', 'j')));
    const y = map('y', [e], all, call('add', load(0, 'i', 'j'), load(0, 'i', sub(63, 'j'))));
    // Computing exp once more takes 8 operations. Storing it takes as long as 16.
    expect(names(planOf(program({ y })))).toEqual(['map_y']);
  });
  test('the sum of a contraction over an output axis is one contraction', () => {
    const y = contraction(
      'y',
      [input('x', ['tokens', 32, 8]), input('g', ['tokens', 64, 8])],
      [
        ['t', 'tokens'],
        ['i', 32],
        ['j', 64],
      ],
      [['s', 8]],
      load(0, 't', 'i', 's'),
      load(1, 't', 'j', 's'),
    );
    const sum = reduce(
      'sum',
      [y],
      [
        ['j', 64],
        ['i', 32],
      ],
      [['t', 'tokens']],
      load(0, 't', 'i', 'j'),
    );
    expect(names(planOf(program({ sum })))).toEqual(['contraction_sum']);
  });
  test('no kernel binds more than 8 buffers; a primitive that must is refused by name', () => {
    const inputs = [...Array(12).keys()].map((i) => input(`x${i}`, [4]));
    const sum = inputs
      .slice(1)
      .reduce<Prim>(
        (s, x) => map('sum', [s, x], [['i', 4]], call('add', load(0, 'i'), load(1, 'i'))),
        inputs[0]!,
      );
    for (const k of planOf(program({ sum })).kernels) expect(k.bindings.length).toBeLessThanOrEqual(8);
    const body = inputs.map((_, n): Expr => load(n, 'i')).reduce((a, b) => call('add', a, b));
    expect(() => planOf(program({ y: map('wide', inputs, [['i', 4]], body) }))).toThrow(
      /'wide' reads 12 tensors/,
    );
  });
});

describe('plans', () => {
  test.each(STRATEGIES)('of strategy %s are portable on devices of the portable class', (strategy) => {
    const [x, w] = [input('x', ['tokens', 80]), input('w', [80, 80])];
    const p = program({ y: product('y', x, w, 'tokens', 80, 80) });
    const portable = (plan: ReturnType<typeof planOf>) =>
      variantsIn(plan).flatMap((v) => v.steps.map((s) => ({ ...plan.kernels[s.kernel]!, name: '' })));
    expect(portable(planOf(p, strategy))).toEqual(portable(planOf(p)));
  });
  test('equal kernels are shared by steps and variants', () => {
    const [x, w] = [input('x', ['tokens', 80]), input('w', [80, 80])];
    const once = product('once', x, w, 'tokens', 80, 80);
    const p = program({ y: product('twice', once, w, 'tokens', 80, 80) });
    const options = { name: 'shared', roles: rolesOf(p) };
    const one = generatePlan([{ minTokens: 0, maxTokens: null, program: p }], options);
    const two = generatePlan(
      [
        { minTokens: 0, maxTokens: 600, program: p },
        { minTokens: 601, maxTokens: null, program: p },
      ],
      options,
    );
    expect(variantsIn(one)[0]!.steps.length).toBe(2);
    // Each class has one kernel for both variants, and the first class has another one for a single token.
    expect(one.kernels.length).toBeLessThanOrEqual(1 + one.classes.length);
    expect(two.kernels.length).toBeLessThanOrEqual(one.kernels.length + 2);
    expect(new Set(two.kernels.map((k) => k.name)).size).toBe(two.kernels.length);
  });
  test('outputs that are inputs, or each other, are copied', async () => {
    const [x, i] = [input('x', ['tokens', 3]), input('i', [5], 'i32')];
    const y = double('y', x);
    const p = program({ x, y, again: y, i });
    const values = { x: [1, 2, 3], i: [16777217, -2, 3, 4, 5] };
    expect(await runOnDevice(p, planOf(p), 1, values)).toEqual({ ...values, y: [2, 4, 6], again: [2, 4, 6] });
  });
  test('buffers are reused, never while held', () => {
    const chain = (size: number) => {
      const w = input('w', [size, size]);
      let y: Prim = input('x', ['tokens', size]);
      for (let n = 0; n < 6; n++) y = product('y', y, w, 'tokens', size, size);
      return variantsIn(planOf(program({ y })))[0]!;
    };
    // Results lie alternately in the output and in one slot. The last one reads its rows from the slot.
    expect(chain(80).slots.length).toBe(1);
    expect(temporaryBytes(chain(80), 10)).toBe(10 * 80 * 4);
    for (const s of chain(80).steps) expect(new Set(s.bind.map((b) => JSON.stringify(b))).size).toBe(3);
    // A workgroup that has all columns overwrites the rows that it has read.
    expect(chain(16).slots).toEqual([]);
    expect(chain(16).steps.map((s) => s.bind)).toEqual([
      [{ input: 'x' }, { input: 'w' }, { output: 'y' }],
      ...Array(5).fill([{ input: 'w' }, { output: 'y' }]),
    ]);
  });
  test('costs need no device', () => {
    const cost = planCost(planOf(matmul('NT', 'tokens', 32, 64)), 10);
    expect(cost).toEqual({
      flops: 2 * 10 * 32 * 64,
      bytes: 4 * (10 * 64 + 32 * 64 + 10 * 32),
      launches: 1,
      peakTemporaryBytes: 0,
    });
    expect(planCost(planOf(matmul('NT', 'tokens', 32, 64)), 0).launches).toBe(0);
    const [step] = variantsIn(planOf(matmul('NT', 'tokens', 64, 64)))[0]!.steps;
    expect(evalExtent(step!.workgroups, 0)).toBe(0);
  });
  test('what cannot be planned is refused by name', () => {
    const p = matmul('NN', 2, 2, 2);
    const plan =
      (maxTokens: number | null, roles = rolesOf(p)) =>
      () =>
        generatePlan([{ minTokens: 0, maxTokens, program: p }], { name: 'bad', roles });
    expect(plan(5)).toThrow(/no variant serves 6 tokens/);
    expect(plan(null, {})).toThrow(/input 'x' has no role/);
    const x = input('x', ['n']);
    expect(() => planOf(program({ y: double('y', x) }))).toThrow(/depends on 'n'/);
    const huge = map(
      'y',
      [input('x', [2])],
      [['i', 2]],
      call('mul', load(0, 'i'), { k: 'const', value: rational(10n ** 39n) }),
    );
    expect(() => planOf(program({ y: huge }))).toThrow(/beyond the f32 range/);
  });
});

test('diagonals, transposed sums and shifted reads of a product are not its epilogue', async () => {
  const y = product('y', input('x', [5, 3]), input('w', [3, 5]), 5, 5, 3);
  const z = product('z', input('u', [5, 3]), input('w2', [3, 5]), 5, 5, 3);
  const s = product('s', input('u2', [5, 3]), input('w3', [3, 5]), 5, 5, 3);
  const back = { k: 'isub', a: { k: 'int', value: 4 }, b: { k: 'axis', name: 'i' } } as const;
  const square = [
    ['i', 5],
    ['j', 5],
  ] as const;
  const p = program({
    diagonal: map('diagonal', [y], [['i', 5]], load(0, 'i', 'i')),
    both: map('both', [z], square, call('add', load(0, 'i', 'j'), load(0, 'j', 'i'))),
    back: map('back', [s], square, load(0, back, 'j')),
    spread: map(
      'spread',
      [product('n', input('u3', [5, 3]), input('w4', [3, 1]), 5, 1, 3)],
      square,
      load(0, 'i', 0),
    ),
  });
  expect(variantsIn(planOf(p))[0]!.steps.length).toBe(8);
  expect(await violations(p, 0, integers(p, 0))).toEqual([]);
});

test('scatters into part of a larger output', async () => {
  const x = input('x', ['tokens', 2, 3]);
  const axes = [
    ['t', 'tokens'],
    ['s', 2],
    ['u', 3],
  ] as const;
  const flat = add(mul('s', 3), 'u');
  const t = { k: 'axis', name: 't' } as const;
  const value = load(0, 't', 's', 'u');
  const p = program({
    front: scatter('front', [x], ['tokens', 9], axes, [t, flat], value),
    back: scatter('back', [x], ['tokens', 9], axes, [t, add(flat, 2)], value),
    whole: scatter('whole', [x], ['tokens', 6], axes, [t, flat], value),
    folded: scatter(
      'folded',
      [x],
      [4],
      axes,
      [flat].map((a) => div(a, 2)),
      value,
    ),
  });
  for (const tokens of [0, 1, 7]) expect(await violations(p, tokens, integers(p, tokens))).toEqual([]);
});

test('scalars: a loss over all elements', async () => {
  const x = input('x', ['tokens', 300]);
  const square = call('mul', load(0, 't', 'j'), load(0, 't', 'j'));
  const sum = reduce(
    'sum',
    [x],
    [],
    [
      ['t', 'tokens'],
      ['j', 300],
    ],
    square,
  );
  const loss = map('loss', [sum], [], call('mul', load(0), constant(1, 2)));
  const most = reduce('most', [input('z', [300])], [], [['j', 300]], load(0, 'j'), 'max');
  const p = program({
    loss,
    most,
    x: map(
      'scaled',
      [x, loss],
      [
        ['t', 'tokens'],
        ['j', 300],
      ],
      call('mul', load(0, 't', 'j'), load(1)),
    ),
  });
  for (const tokens of [0, 1, 7]) expect(await violations(p, tokens, integers(p, tokens))).toEqual([]);
});

test('solves too large for workgroup memory work in a slot', () => {
  const temporary = (b: number) => variantsIn(planOf(cayley(2, b)))[0]!;
  expect(temporary(48).steps.at(-1)!.bind.length).toBe(2);
  expect(temporary(65).steps.at(-1)!.bind.length).toBe(3);
});

test('more workgroups than one grid dimension holds', async () => {
  const tokens = 4_300_000;
  const x = input('x', ['tokens']);
  const p = program({ y: double('y', x) });
  const values = { x: Array.from({ length: tokens }, (_, i) => i % 100) };
  const { y } = await runOnDevice(p, planOf(p), tokens, values);
  expect(y!.findIndex((v, i) => v !== 2 * (i % 100))).toBe(-1);
});

test('a rotation inside a matmul reads the block it needs', async () => {
  const p = program({
    y: product(
      'y',
      rotate(input('x', ['tokens', 6]), input('t', [2, 3, 3]), 'tokens', 2, 3),
      input('w', [6, 4]),
      'tokens',
      4,
      6,
    ),
  });
  expect(await violations(p, 7, integers(p, 7))).toEqual([]);
});
