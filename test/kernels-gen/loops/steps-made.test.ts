/** The loops that steps make of small kernels. */
import { describe, expect, it, test } from 'vitest';
import { dimConst, dimVar } from '../../../compiler/dims/dims.ts';
import { ax, call, ieq, ilt, int, load } from '../../../compiler/primitives/build.ts';
import { tensor } from '../../../compiler/semantics/domains/domain.ts';
import { field } from '../../../compiler/semantics/domains/field.ts';
import { runLoops } from '../../../kernels-gen/loops/interpret.ts';
import { showLoops } from '../../../kernels-gen/loops/show.ts';
import { checked } from '../../../kernels-gen/loops/spec.ts';
import { type Body, type LoopKernel, type Statement, trips } from '../../../kernels-gen/loops/type.ts';
import { bind } from '../../../kernels-gen/schedule/steps/bind.ts';
import { clamp } from '../../../kernels-gen/schedule/steps/clamp.ts';
import { deal } from '../../../kernels-gen/schedule/steps/deal.ts';
import { demote } from '../../../kernels-gen/schedule/steps/demote.ts';
import { fission } from '../../../kernels-gen/schedule/steps/fission.ts';
import { flatten } from '../../../kernels-gen/schedule/steps/flatten.ts';
import { fuse } from '../../../kernels-gen/schedule/steps/fuse.ts';
import { invert } from '../../../kernels-gen/schedule/steps/invert.ts';
import { split } from '../../../kernels-gen/schedule/steps/split.ts';
import {
  ACC,
  add,
  IN,
  kernel as kernelOf,
  linesOf,
  loop,
  MEMORIES,
  N,
  OUT,
  plain,
  store,
  TILE,
} from './small-kernels.ts';
import { memory } from './statements.ts';

const ROW = MEMORIES.length;
const kernel = (body: Body, threads = 1): LoopKernel => ({
  ...kernelOf(body, threads),
  memories: [...MEMORIES, memory('row', 'register', N)],
});
const run = (k: LoopKernel) => [
  ...runLoops(k, field(7), [tensor([N], [1, 2, 3, 4, 5, 6, 0, 1])], { tokens: 1 })[0]!.values,
];
const [i, k] = [ax('i'), ax('k')];
const first = (body: Body): Statement => ({ k: 'if', cond: ilt(i, int(1)), body });
const named = (name: string): Statement => ({ k: 'let', name, value: int(1), extent: dimConst(2) });
const textOf = (made: LoopKernel, name: string) =>
  showLoops(made)
    .split('\n')
    .find((line) => line.includes(` ${name}[`));

describe('a loop over workgroups', () => {
  const copies = loop('i', 2, [store(OUT, [i])]);
  const lines = (body: Body, how: 'workgroup' | 'unrolled' = 'workgroup') =>
    linesOf(bind('i', how).apply(kernel(body)));
  it('takes the names before it', () => {
    expect(lines([named('m'), copies])).toEqual(['for i in 2 workgroup:', '  let m = 1', '  out[i] = a[0]']);
  });
  it('takes no stores, and none that a condition holds takes a name', () => {
    expect(lines([store(ACC, []), copies])).toEqual([
      'acc = a[0]',
      'for i in 2 workgroup:',
      '  out[i] = a[0]',
    ]);
    const held: Statement = { k: 'if', cond: ilt(ax('m'), int(1)), body: [named('q'), copies] };
    expect(lines([named('m'), held])).toEqual([
      'let m = 1',
      'if m < 1:',
      '  let q = 1',
      '  for i in 2 workgroup:',
      '    out[i] = a[0]',
    ]);
  });
  it('alone takes names', () => {
    expect(lines([named('m'), copies], 'unrolled')).toEqual([
      'let m = 1',
      'for i in 2 unrolled:',
      '  out[i] = a[0]',
    ]);
  });
});

test('clamp leaves a condition without statements', () => {
  const { body } = split('k', 3, 'o', 'n').apply(plain);
  expect(linesOf(clamp('k').apply(kernel([loop('i', 2, [first([])]), ...body])))).toEqual([
    'for i in 2:',
    '  if i < 1:',
    'for i in 8:',
    '  acc = a[0]',
    '  for o in ⌈8 / 3⌉:',
    '    for n in 3:',
    '      let k = (o * 3 + n if o * 3 + n < 8 else 8 - 1)',
    '      acc += a[k] * a[k]',
    '  out[i] = acc',
  ]);
});

test('clamp puts the condition around a whole loop that only stores, with its names and conditions', () => {
  const name: Statement = { k: 'let', name: 'm', value: ax('j'), extent: dimConst(2) };
  const digits: Statement = { k: 'digits', axes: [{ name: 'd', extent: dimConst(2) }], of: ax('m') };
  const stores = loop('j', 2, [
    name,
    digits,
    { k: 'if', cond: ilt(ax('d'), int(1)), body: [store(OUT, [k])] },
  ]);
  const { body } = split('k', 3, 'o', 'n').apply(kernel([loop('k', N, [stores])]));
  expect(linesOf(clamp('k').apply(kernel(body)))).toEqual([
    'for o in ⌈8 / 3⌉:',
    '  for n in 3:',
    '    let k = (o * 3 + n if o * 3 + n < 8 else 8 - 1)',
    '    if o * 3 + n < 8:',
    '      for j in 2:',
    '        let m = j',
    '        let (d) = digits of m',
    '        if d < 1:',
    '          out[k] = a[0]',
  ]);
});

test('flatten is refused where loops contain each other in another order', () => {
  const loops = loop('a', 2, [loop('b', 2, [loop('c', 2, [store(OUT, [int(0)])])])]);
  expect(() => flatten(['a', 'c', 'b'], 'at').apply(kernel([loops]))).toThrow('in this order');
});

test('clamp is refused where another name than the axis is split', () => {
  const { body } = split('k', 3, 'o', 'n').apply(kernel([loop('k', N, [store(OUT, [k])])]));
  expect(() => clamp('n').apply(kernel(body))).toThrow('n is not split');
});

test('invert leaves conditions on other axes where they are', () => {
  const equal = (name: string): Statement => ({
    k: 'if',
    cond: ieq(ax('i'), ax(name)),
    body: [store(OUT, [ax('i')])],
  });
  const step = invert({ name: 'p', extent: dimConst(2) }, []);
  expect(step.says).toBe('invert p into nothing');
  expect(invert({ name: 'p', extent: dimConst(2) }, [{ name: 'i', extent: dimConst(2) }]).says).toBe(
    'invert p into i',
  );
  const inside = [loop('i', 1, [equal('q'), equal('p')])];
  expect(linesOf(step.apply(kernel([loop('p', 2, [loop('q', 2, inside)])])))).toEqual([
    'for p in 2:',
    '  for q in 2:',
    '    for i in 1:',
    '      if i == q:',
    '        out[i] = a[0]',
    '      if p < 1:',
    '        let p_of_0 = p',
    '        let () = digits of p_of_0',
    '        out[i] = a[0]',
  ]);
});

test('invocations have as much of an array as their own iterations need, and no conditions where all have as many', () => {
  const own = kernel([
    loop('i', 2, [
      loop('k', N, [store(ROW, [k])]),
      loop('c', N, [store(OUT, [ax('c')], load(ROW, [ax('c')]))]),
    ]),
  ]);
  const made = deal(['k', 'c'], { arrays: ['row'], threads: 4, as: 't', around: 'i' }).apply(own);
  expect(textOf(made, 'row')).toBe('register row[2]: f32');
  expect(linesOf(made)).toEqual([
    'for i in 2:',
    '  for t in 4 by invocation / 1:',
    '    for k_round in 2:',
    '      row[k_round] = a[0]',
    '    for c_round in 2:',
    '      let c = c_round * 4 + t',
    '      out[c] = row[c_round]',
  ]);
});

test('invocations store under conditions to workgroup memory, which is of no vectors', () => {
  const body = [first([store(ROW, [int(0)])]), store(OUT, [i], load(ROW, [int(0)]))];
  const made = demote('row', 'i', 0).apply(kernel([loop('i', 4, body, { how: 'invocation', stride: 1 })], 4));
  expect(textOf(made, 'row')).toBe('workgroup row[4, 8]: f32');
  expect(linesOf(made)).toEqual([
    'for i in 4 by invocation / 1:',
    '  if i < 1:',
    '    row[i, 0] = a[0]',
    '  out[i] = row[i, 0]',
  ]);
});

describe('fission', () => {
  const apart = (...body: Body) => linesOf(fission(['i']).apply(kernel([loop('i', 2, body)])));
  it('separates statements that read and change workgroup memory', () => {
    const [set, change] = [store(ACC, [], load(TILE, [i])), store(TILE, [i], load(ACC, []))];
    expect(apart(set, change)).toEqual([
      'for i in 2:',
      '  acc[i] = tile[i]',
      'for i in 2:',
      '  tile[i] = acc[i]',
    ]);
  });
  it('leaves statements together that hand a register on, one of which is under a condition, and no others', () => {
    expect(apart(first([store(OUT, [i], load(ACC, []))]), store(ACC, []), store(TILE, [i]))).toEqual([
      'for i in 2:',
      '  if i < 1:',
      '    out[i] = acc',
      '  acc = a[0]',
      'for i in 2:',
      '  tile[i] = a[0]',
    ]);
  });
  it('leaves a loop in the nest where its iterations hand a register on', () => {
    const own = kernel([
      store(ACC, []),
      loop('i', N, [loop('k', 2, [store(OUT, [i], load(ACC, [])), add()])]),
    ]);
    const made = checked(fission(['i']).apply(own));
    expect(linesOf(made)).toEqual(linesOf(own));
    expect(run(made)).toEqual(run(own));
  });
  it('leaves a loop in the nest that starts at an axis of the nest', () => {
    const later = loop('k', N, [store(OUT, [k])], { from: { value: i, step: 1 } });
    expect(apart(later)).toEqual(['for i in 2:', '  for k in i, 1 more, … < 8:', '    out[k] = a[0]']);
  });
  it('leaves writes under one condition together', () => {
    expect(apart(first([store(OUT, [i]), store(TILE, [i])]), store(ACC, []))).toEqual([
      'for i in 2:',
      '  if i < 1:',
      '    out[i] = a[0]',
      '    tile[i] = a[0]',
      'for i in 2:',
      '  acc[i] = a[0]',
    ]);
  });
});

describe('flatten', () => {
  it('counts the blocks of a loop, and not what they hold', () => {
    const blocks = split('k', 3, 'o', 'n').apply(plain);
    const made = checked(flatten(['o', 'n'], 'all').apply(blocks));
    expect(linesOf(made).slice(2, 5)).toEqual([
      '  for all in 9:',
      '    let (o, n) = digits of all',
      '    if o * 3 + n < 8:',
    ]);
    expect(run(made)).toEqual(run(plain));
  });
  it('counts as many iterations as tokens', () => {
    const all = loop('k', N, [store(TILE, [int(0)])], { trips: trips(dimVar('tokens')) });
    expect(linesOf(flatten(['k'], 'all').apply(kernel([all])))).toEqual([
      'for all in tokens:',
      '  tile[0] = a[0]',
    ]);
  });
  const groups = loop('g', 2, [store(OUT, [ax('g')])], { how: 'workgroup' });
  const [head, inner] = ['for g in 2 workgroup:', '  out[g] = a[0]'];
  it.each<[string, Body, readonly string[]]>([
    ['no statement', [], ['for all in 1:']],
    ['what a workgroup runs', [groups], [head, '  for all in 1:', `  ${inner}`]],
    ['a loop', [{ ...groups, how: 'serial' }], ['for all in 1:', '  for g in 2:', `  ${inner}`]],
    [
      'two statements',
      [groups, store(ACC, [])],
      ['for all in 1:', `  ${head}`, `  ${inner}`, '  acc = a[0]'],
    ],
  ])('puts %s in a loop of one iteration', (_, body, lines) => {
    expect(linesOf(flatten([], 'all').apply(kernel(body)))).toEqual(lines);
  });
});

test('only sums of products are fused', () => {
  const product = call('mul', load(IN, [k]), load(IN, [k]));
  const values = [product, call('add', product, product), load(IN, [k])].map((v) => add(v));
  const made = fuse.apply(kernel([loop('k', N, [...values, add(product, 'max'), store(ACC, [], product)])]));
  const [all] = made.body as [ReturnType<typeof loop>];
  expect(all.body.map((s) => 'fused' in s)).toEqual([true, false, false, false, false]);
});
