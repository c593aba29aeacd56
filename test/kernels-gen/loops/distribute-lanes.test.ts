/** The loops that a distribution over lanes makes of small kernels, and those that it refuses. */
import { describe, expect, test } from 'vitest';
import { dimConst, dimVar } from '../../../compiler/dims/dims.ts';
import { ax, call, iadd, ilt, imul, int, load } from '../../../compiler/primitives/build.ts';
import type { IntExpr } from '../../../compiler/primitives/expr.ts';
import { type Body, type LoopKernel, type Statement, trips } from '../../../kernels-gen/loops/type.ts';
import { distribute } from '../../../kernels-gen/schedule/steps/distribute.ts';
import { linesOf, loop, store } from './small-kernels.ts';
import { memory } from './statements.ts';

const [A, D, E, X] = [0, 1, 2, 3];
const [LANES, N] = [4, 8];
const j = ax('j');
const own = store(D, [j], call('add', load(A, [j]), load(D, [j])));
const each = (...more: Body) => loop('j', N, [own, ...more]);
/** A register that holds an element of the array afterwards. */
const read = (at: IntExpr): Statement => store(X, [], load(D, [at]));
const next = (name: string) => iadd(int(LANES), ax(name));

/** A kernel whose lanes all run the same statements. */
const kernel = (...body: Body): LoopKernel => ({
  memories: [
    memory('a', 'input', N),
    memory('d', 'register', N),
    memory('e', 'register', N),
    memory('x', 'register'),
    { ...memory('s', 'register'), shape: [dimVar('tokens')] },
  ],
  threads: LANES,
  body: [loop('lane', LANES, body, { how: 'invocation', stride: 1 })],
});
const distributed = (...body: Body): readonly string[] =>
  linesOf(distribute('d', 'lane').apply(kernel(...body))).slice(1);

describe('the register and the lane of an element come of the ranges', () => {
  test('of names and digits', () => {
    const digits = [
      { name: 'p', extent: dimConst(2) },
      { name: 'r', extent: dimConst(4) },
    ];
    expect(
      distributed(
        { k: 'let', name: 'm', value: int(3), extent: dimConst(4) },
        read(next('m')),
        { k: 'digits', axes: digits, of: int(6) },
        read(iadd(imul(ax('p'), int(LANES)), ax('r'))),
      ),
    ).toEqual(['  let m = 3', '  x = d[1, m]', '  let (p, r) = digits of 6', '  x = d[p, r]']);
  });
  test('of loops, whose iterations may be blocks', () => {
    const blocks = (of: number, at: IntExpr) => loop('q', N, [read(at)], { trips: trips(dimConst(of), 2) });
    expect(distributed(blocks(8, next('q')), blocks(9, ax('q')))).toEqual([
      '  for q in ⌈8 / 2⌉:',
      '    x = d[1, q]',
      '  for q in ⌈9 / 2⌉:',
      '    x = d[⌊q / 4⌋, q mod 4]',
    ]);
  });
});

describe('a lane computes its own elements', () => {
  test('of a loop that the driver does not unroll', () => {
    expect(distributed({ ...each(), how: 'opaque' })).toEqual([
      '  for j in 2 opaque:',
      '    d[j, lane] = a[j * 4 + lane] + d[j, lane]',
    ]);
  });
  test('of a loop that changes elements under a condition', () => {
    const change: Statement = {
      ...{ k: 'accumulate', to: D, index: [j], combine: 'sum' },
      value: load(A, [j]),
    };
    const all = loop('j', N, [{ k: 'if', cond: ilt(j, int(5)), body: [own] }]);
    expect(distributed(all, loop('j', N, [change]))).toEqual([
      '  for j in 2:',
      '    if j * 4 + lane < 5:',
      '      d[j, lane] = a[j * 4 + lane] + d[j, lane]',
      '  for j in 2:',
      '    d[j, lane] += a[j * 4 + lane]',
    ]);
  });
  test('of a loop with names and an inner loop', () => {
    const inner = loop('q', 2, [store(D, [j], load(A, [ax('m')]))]);
    const m: Statement = { k: 'let', name: 'm', value: j, extent: dimConst(N) };
    expect(distributed(loop('j', N, [m, inner]))).toEqual([
      '  for j in 2:',
      '    let m = j * 4 + lane',
      '    for q in 2:',
      '      d[j, lane] = a[m]',
    ]);
  });
  test('without a loop where it has one', () => {
    const whole = kernel(loop('j', LANES, [store(D, [j], load(A, [j]))]));
    const memories = whole.memories.with(D, memory('d', 'register', LANES));
    expect(linesOf(distribute('d', 'lane').apply({ ...whole, memories })).slice(1)).toEqual([
      '  d[0, lane] = a[lane]',
    ]);
  });
  test('and all of another array', () => {
    expect(distributed(loop('j', N, [store(E, [j])]))).toEqual(['  for j in 8:', '    e[j] = a[0]']);
  });
});

const more = 'the loop over j stores more than its elements of d';
const notEach = 'no loop stores each element of d';
const waits = 'iterations of j wait for each other';
const REFUSED: Readonly<Record<string, readonly [string, Statement]>> = {
  'a loop whose iterations run at once': [notEach, { ...each(), how: 'vector' }],
  'a loop of blocks': [notEach, { ...each(), trips: trips(dimConst(N), 2) }],
  'a loop that starts later': [notEach, { ...each(), from: { value: int(2), step: 1 } }],
  'a loop that ends earlier': [notEach, { ...each(), end: int(3) }],
  'a combination across the subgroup': [notEach, { k: 'collect', to: D, index: [int(1)], combine: 'sum' }],
  'a barrier in the iterations': [waits, each({ k: 'barrier', scope: 'subgroup' })],
  'a combination in the iterations': [waits, each({ k: 'collect', to: X, index: [], combine: 'sum' })],
  'a read of what another iteration stores': [
    'the loop over j reads elements of d that other iterations store',
    loop('j', N, [store(D, [j], load(D, [int(0)]))]),
  ],
  'a store to another array': [more, each(store(E, [j]))],
  'a store to a register in an inner loop': [more, each(loop('q', 2, [store(X, [])]))],
  'a store to a register under a condition': [
    more,
    each({ k: 'if', cond: ilt(j, int(5)), body: [store(X, [])] }),
  ],
};
test.each(Object.entries(REFUSED))('%s is refused', (_, [message, body]) => {
  expect(() => distributed(body)).toThrow(message);
});

test('a dimension becomes registers and lanes', () => {
  const grid = { ...kernel(), memories: [memory('d', 'register', 5, N)] };
  const shapeOf = (along?: number) => distribute('d', 'lane', along).apply(grid).memories[0]!.shape;
  expect(shapeOf(0)).toEqual([2, N, LANES].map(dimConst));
  expect(shapeOf()).toEqual([5, 2, LANES].map(dimConst));
});

test.each(['x', 's'])('%s, which has no elements or as many as tokens, is refused', (name) => {
  expect(() => distribute(name, 'lane').apply(kernel())).toThrow(`${name} is no array of a fixed size`);
});
