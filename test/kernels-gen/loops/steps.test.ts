/** Steps refuse loops that they would change the meaning of. */
import { describe, expect, it } from 'vitest';
import { dimConst } from '../../../compiler/dims/dims.ts';
import { ax, call, iadd, ilt, imul, int, iselect, isub, load } from '../../../compiler/primitives/build.ts';
import type { BoolExpr } from '../../../compiler/primitives/expr.ts';
import { tensor } from '../../../compiler/semantics/domains/domain.ts';
import { field } from '../../../compiler/semantics/domains/field.ts';
import { runLoops } from '../../../kernels-gen/loops/interpret.ts';
import { showLoops } from '../../../kernels-gen/loops/show.ts';
import { checked } from '../../../kernels-gen/loops/spec.ts';
import type { Body, LoopKernel, Statement } from '../../../kernels-gen/loops/type.ts';
import { align } from '../../../kernels-gen/schedule/steps/align.ts';
import { bind, bindInvocation, rebind } from '../../../kernels-gen/schedule/steps/bind.ts';
import { cacheWrite } from '../../../kernels-gen/schedule/steps/cache-write.ts';
import { clamp } from '../../../kernels-gen/schedule/steps/clamp.ts';
import { collect } from '../../../kernels-gen/schedule/steps/collect.ts';
import { demote } from '../../../kernels-gen/schedule/steps/demote.ts';
import { fission } from '../../../kernels-gen/schedule/steps/fission.ts';
import { flatten } from '../../../kernels-gen/schedule/steps/flatten.ts';
import { fuse } from '../../../kernels-gen/schedule/steps/fuse.ts';
import { hand } from '../../../kernels-gen/schedule/steps/hand.ts';
import { loadRow } from '../../../kernels-gen/schedule/steps/load-row.ts';
import { pipeline } from '../../../kernels-gen/schedule/steps/pipeline.ts';
import { promote } from '../../../kernels-gen/schedule/steps/promote.ts';
import { reorder } from '../../../kernels-gen/schedule/steps/reorder.ts';
import { roll } from '../../../kernels-gen/schedule/steps/roll.ts';
import { share } from '../../../kernels-gen/schedule/steps/share.ts';
import { split } from '../../../kernels-gen/schedule/steps/split.ts';
import { spread } from '../../../kernels-gen/schedule/steps/spread.ts';
import { stage } from '../../../kernels-gen/schedule/steps/stage.ts';
import type { LoopStep } from '../../../kernels-gen/schedule/steps/step.ts';
import { strip } from '../../../kernels-gen/schedule/steps/strip.ts';
import { trim } from '../../../kernels-gen/schedule/steps/trim.ts';
import { vectorise } from '../../../kernels-gen/schedule/steps/vectorise.ts';
import { wait } from '../../../kernels-gen/schedule/steps/wait.ts';
import {
  ACC,
  add,
  clamped,
  from2,
  IN,
  kernel,
  loop,
  MEMORIES,
  N,
  OUT,
  PAIRS,
  plain,
  store,
  sums,
  TILE,
  zero,
} from './small-kernels.ts';
import { memory } from './statements.ts';

const barrier: Statement = { k: 'barrier', scope: 'workgroup' };

const REFUSED: Readonly<Record<string, readonly [LoopStep, LoopKernel, string]>> = {
  'align: an index that ends within a vector': [
    align('n', 'g', 'p'),
    kernel([
      loop('g', 2, [
        loop('p', 3, [
          { k: 'let', name: 'n', value: iadd(imul(ax('g'), int(3)), ax('p')), extent: dimConst(6) },
          ...clamped(ilt(ax('n'), int(6)), ax('n')),
        ]),
      ]),
    ]),
    'k does not end at a multiple of 3',
  ],
  'bind: fewer iterations than invocations': [rebind('k'), plain, 'the loop over k has not 1 iterations'],
  'cache: a loop that stores something else': [
    cacheWrite('acc', 'k', [], 'sum'),
    sums(loop('k', N, [add(), store(OUT, [ax('k')])])),
    'the loop over k does more than add to acc',
  ],
  'cache: a loop that reads what it adds to': [
    cacheWrite('acc', 'k', [], 'sum'),
    sums(loop('k', N, [add(load(ACC, []))])),
    'the loop over k reads acc',
  ],
  'demote: a loop that is not of invocations': [
    demote('acc', 'i', 0),
    plain,
    'the loop over i does not count lanes',
  ],
  'clamp: an axis that is not split': [clamp('k'), plain, 'k is not split'],
  'collect: loops of different lengths': [
    collect(['k', 'l'], 's'),
    kernel([loop('i', N, [zero, loop('k', 4, [add()]), loop('l', 2, [add(load(IN, [ax('l')]))])])]),
    'the loops over k, l have different numbers of iterations',
  ],
  'collect: a loop that ends earlier': [
    collect(['k'], 's'),
    sums(loop('k', N, [add()], { end: int(3) })),
    'the loop over k has bounds of its own',
  ],
  'pipeline: a loop that ends earlier': [
    pipeline(['k']),
    sums(loop('k', N, [barrier, zero, barrier, add()], { end: int(3) })),
    'the loop over k does not copy between two barriers',
  ],
  'pipeline: a loop that starts later': [
    pipeline(['k']),
    sums(loop('k', N, [barrier, store(TILE, [ax('k')]), barrier, add()], from2)),
    'the loop over k does not copy between two barriers',
  ],
  'pipeline: a loop with one barrier': [
    pipeline(['k']),
    sums(loop('k', N, [barrier, store(TILE, [ax('k')])])),
    'the loop over k does not copy between two barriers',
  ],
  'pipeline: a loop that starts with a copy': [
    pipeline(['k']),
    sums(loop('k', N, [store(TILE, [ax('k')]), barrier, store(TILE, [ax('k')]), barrier, add()])),
    'the loop over k does not copy between two barriers',
  ],
  'pipeline: a sum in workgroup memory': [
    pipeline(['k']),
    sums(
      loop('k', N, [
        barrier,
        { k: 'accumulate', to: TILE, index: [ax('k')], combine: 'sum', value: load(IN, [ax('k')]) },
        barrier,
        add(),
      ]),
    ),
    'a copy changes tile, which is no workgroup memory',
  ],
  'cache: a loop that does not touch the sum': [
    cacheWrite('acc', 'k', [], 'sum'),
    sums(loop('k', N, [store(OUT, [ax('k')])])),
    'no loop over k adds to acc',
  ],
  'loadRow: a loop that does not read the row': [loadRow(TILE, 'k', 'row'), plain, 'nothing reads tile'],
  'loadRow: statements that read several rows': [
    loadRow(PAIRS, 'k', 'row'),
    sums(
      loop('k', 2, [add(load(PAIRS, [ax('k'), int(0)])), add(load(PAIRS, [isub(int(1), ax('k')), int(0)]))]),
    ),
    'statements read several rows of pairs',
  ],
  'loadRow: a row of an inner loop': [
    loadRow(PAIRS, 'k', 'row'),
    sums(loop('k', 2, [loop('r', 2, [add(load(PAIRS, [ax('r'), ax('k')]))])])),
    'the row of pairs is not the same in all statements',
  ],
  'loadRow: registers that do not divide the row': [
    loadRow(IN, 'k', 'row', 3),
    plain,
    'a row of a has 8 elements, and registers of 3 do not divide it',
  ],
  'fission: loops with statements between them': [
    fission(['i', 'k']),
    plain,
    'the loops over i, k do not contain each other',
  ],
  'flatten: loops in another order': [
    flatten(['k', 'i'], 'n'),
    kernel([loop('i', 2, [loop('k', 4, [store(OUT, [iadd(imul(ax('i'), int(4)), ax('k'))])])])]),
    'the loops over k, i do not contain each other in this order',
  ],
  'hand: loops in another order': [
    hand(['k', 'i'], ['acc'], { as: ['a', 'b'], each: [] }),
    kernel([loop('i', 2, [loop('k', 4, [zero, store(OUT, [ax('k')], load(ACC, []))])])]),
    'the loops over k, i do not contain each other in this order',
  ],
  'fuse: no product': [fuse, sums(loop('k', N, [add(load(IN, [ax('k')]))])), 'no statement adds a product'],
  'promote: a factor that is the sum': [
    promote('left', ['k']),
    sums(loop('k', N, [add(call('mul', load(ACC, []), load(IN, [ax('k')])))])),
    'the left factor depends on the sum',
  ],
  'promote: no product': [
    promote('left', ['k']),
    sums(loop('k', N, [add(load(IN, [ax('k')]))])),
    'no product is in loops over k alone',
  ],
  'pipeline: a copy that changes a register': [
    pipeline(['k']),
    sums(loop('k', N, [barrier, zero, barrier, add()])),
    'a copy changes acc, which is no workgroup memory',
  ],
  'reorder: loops with statements between them': [
    reorder(['k', 'i']),
    plain,
    'the loops over k, i do not contain each other',
  ],
  'share: a loop that starts later': [
    share('k', { threads: 2, as: 's' }),
    sums(loop('k', N, [add()], from2)),
    'the loop over k does not start at 0',
  ],
  'split: a loop that starts later': [
    split('k', 2, 'o', 'n'),
    sums(loop('k', N, [add()], from2)),
    'the loop over k is not serial, or has bounds of its own',
  ],
  'spread: a loop around the loop': [
    spread(['i'], 'k', { threads: 2, as: 'n' }),
    kernel([loop('i', 2, [loop('k', 4, [store(OUT, [ax('k')])])])]),
    'the loop over i is not in the loop over k',
  ],
  'stage: a maximum': [
    stage({
      outer: 'o',
      inner: 'k',
      axes: [],
      places: { left: 'l', right: 'r' },
      dtype: 'f32',
      alongSum: [],
    }),
    sums(loop('o', 1, [loop('k', N, [add(undefined, 'max')])])),
    'the loop over o adds no product over k',
  ],
  'strip: a loop that starts later': [
    strip('k', 2, 'o'),
    sums(loop('k', N, [add()], from2)),
    'the loop over k is not serial, or has bounds of its own',
  ],
  'trim: a condition on something else': [
    trim('k'),
    sums(loop('k', N, [{ k: 'if', cond: ilt(imul(ax('k'), int(2)), int(N)), body: [add()] }])),
    'the condition in the loop over k is not that of a split',
  ],
  'trim: statements without the condition': [
    trim('k'),
    sums(loop('k', N, [{ k: 'if', cond: ilt(iadd(int(1), ax('k')), int(N)), body: [add()] }, add()])),
    'the loop over k is no inner loop of a split',
  ],
  'vectorise: five iterations': [
    vectorise('k', []),
    sums(loop('k', 5, [add()])),
    'the loop over k has not 2 to 4 iterations',
  ],
  'wait: nothing is stored': [wait(), kernel([loop('i', N, [zero])]), 'no statement stores a result'],
};

const run = (k: LoopKernel) => [
  ...runLoops(k, field(7), [tensor([N], [1, 2, 3, 4, 5, 6, 0, 1])], { tokens: 1 })[0]!.values,
];

it.each(Object.entries(REFUSED))('%s is refused', (_, [step, of, message]) => {
  expect(() => step.apply(of)).toThrow(message);
});

it('an inner loop of a split ends with its condition, and one without a remainder stays', () => {
  const [whole, rest] = [2, 3].map((by) => split('k', by, 'o', 'n').apply(plain)) as [LoopKernel, LoopKernel];
  expect(trim('n').apply(whole)).toEqual(whole);
  const trimmed = checked(trim('n').apply(rest));
  expect(showLoops(trimmed)).toContain('for n in 0, 1 more, … < (8 - (o * 3) if 8 - (o * 3) < 3 else 3):');
  expect(run(trimmed)).toEqual(run(plain));
});

it.each([2, 3, 5, 9])('strips of %i have all iterations of a loop, and of one that is split', (by) => {
  const strips = checked(strip('k', by, 'o').apply(plain));
  expect(run(strips)).toEqual(run(plain));
  const groups = split('k', 3, 'g', 'n').apply(plain);
  expect(run(checked(strip('g', by, 'o').apply(groups)))).toEqual(run(plain));
});

it('sums in registers are read before a loop and stored after it', () => {
  const cached = checked(cacheWrite('acc', 'k', [], 'sum').apply(plain));
  expect(showLoops(cached)).toContain('sum = acc');
  expect(showLoops(cached)).toContain('acc = sum');
  expect(run(cached)).toEqual(run(plain));
});

it('invocations have elements of their own in workgroup memory', () => {
  const each = bindInvocation('i').apply(plain);
  const demoted = checked(demote('acc', 'i', 0).apply(each));
  expect(showLoops(demoted)).toContain('workgroup acc[8]');
  expect(run(demoted)).toEqual(run(plain));
  expect(() => demote('acc', 'i', 0, true).apply(each)).toThrow('acc has no vectors');
});

it('all loops that run one by one become opaque, at every depth, and others stay', () => {
  const nest = split('k', 2, 'o', 'n').apply(plain);
  const rolled = checked(roll.apply(bind('n', 'unrolled').apply(nest)));
  expect(showLoops(rolled)).toContain('for o in 4 opaque:');
  expect(showLoops(rolled)).toContain('for n in 2 unrolled:');
  expect(showLoops(roll.apply(nest))).toContain('for n in 2 opaque:');
  expect(run(rolled)).toEqual(run(plain));
});

it('names that do not depend on the index stay as they are where others are aligned', () => {
  const other: Statement = {
    k: 'let',
    name: 'm',
    value: iselect(ilt(ax('g'), int(1)), ax('g'), int(0)),
    extent: dimConst(4),
  };
  const own: Statement = {
    k: 'let',
    name: 'n',
    value: iadd(imul(ax('g'), int(4)), ax('p')),
    extent: dimConst(N),
  };
  const body = [own, other, ...clamped(ilt(ax('n'), int(N)), ax('n'))];
  const aligned = align('n', 'g', 'p').apply(kernel([loop('g', 2, [loop('p', 4, body)])]));
  expect(showLoops(aligned)).toContain('let m = (g if g < 1 else 0)');
  expect(showLoops(aligned)).toContain('let k = k_vector * 4 + p');
});

describe('a kernel', () => {
  it('with two memories of one name is refused', () => {
    const twice = { ...plain, memories: [...MEMORIES, memory('acc', 'register')] };
    expect(() => checked(twice)).toThrow('two memories have the name acc');
  });
  it('that combines a register without its index is refused', () => {
    const memories = [...MEMORIES.slice(0, 2), memory('acc', 'register', 2)];
    const body: Body = [{ k: 'collect', to: ACC, index: [], combine: 'sum' }];
    expect(() => checked({ memories, threads: 4, body })).toThrow('acc has 1 dimensions, not 0');
  });
  it('may read and write an element of its subgroup after a barrier of the subgroup', () => {
    const t = loop(
      't',
      4,
      [
        store(TILE, [ax('t')], load(IN, [ax('t')])),
        { k: 'barrier', scope: 'subgroup' },
        { k: 'accumulate', to: TILE, index: [ax('t')], combine: 'sum', value: load(IN, [ax('t')]) },
        { k: 'barrier', scope: 'subgroup' },
        { k: 'accumulate', to: TILE, index: [ax('t')], combine: 'sum', value: load(IN, [ax('t')]) },
        store(OUT, [ax('t')], load(TILE, [ax('t')])),
      ],
      { how: 'invocation', stride: 1 },
    );
    const memories = [
      memory('a', 'input', 4),
      memory('out', 'output', 4),
      MEMORIES[ACC]!,
      memory('tile', 'workgroup', 4),
    ];
    const [out] = runLoops({ memories, threads: 4, body: [t] }, field(7), [tensor([4], [1, 2, 3, 4])], {
      tokens: 1,
      subgroup: 4,
    });
    expect([...out!.values]).toEqual([3, 6, 9, 12]);
  });
});

it('and, or and remainders keep their parentheses in texts', () => {
  const [a, b, c] = ['k', 'i', 'k'].map((n) => ilt(ax(n), int(2))) as [BoolExpr, BoolExpr, BoolExpr];
  const cond: BoolExpr = { k: 'and', a, b: { k: 'or', a: b, b: c } };
  const at = imul({ k: 'imod', a: iadd(ax('i'), int(1)), by: 4 }, int(2));
  const text = showLoops(
    kernel([loop('i', 2, [loop('k', 2, [{ k: 'if', cond, body: [store(OUT, [at])] }])])]),
  );
  expect(text).toContain('if k < 2 and (i < 2 or k < 2):');
  expect(text).toContain('out[((i + 1) mod 4) * 2]');
});
