/** Faults planted in right kernels, which the interpreter or the check of the form names. */
import { describe, expect, test } from 'vitest';
import { dimConst, dimVar } from '../../../compiler/dims/dims.ts';
import { ax, iadd, iload, ilt, imul, int, load } from '../../../compiler/primitives/build.ts';
import type { TensorValue } from '../../../compiler/semantics/domains/domain.ts';
import { tensor } from '../../../compiler/semantics/domains/domain.ts';
import { float64 } from '../../../compiler/semantics/domains/float64.ts';
import { LoopError } from '../../../kernels-gen/loops/error.ts';
import { runLoops } from '../../../kernels-gen/loops/interpret.ts';
import { checked } from '../../../kernels-gen/loops/spec.ts';
import {
  type Body,
  type For,
  type LoopKernel,
  type Memory,
  type Statement,
  trips,
} from '../../../kernels-gen/loops/type.ts';
import { loop, memory } from './statements.ts';

const [IN, OUT, PART, ACC] = [0, 1, 2, 3];
const barrier: Statement = { k: 'barrier', scope: 'workgroup' };
const [g, n] = [ax('g'), ax('n')];

/** out[g, n] = Σ of four neighbours' inputs, by a tree in workgroup memory. */
interface Parts {
  readonly place: Parameters<typeof load>[1];
  readonly read: Parameters<typeof load>[1];
  readonly first: Body;
  readonly between: Body;
  readonly middle: Body;
  readonly tail: Body;
  readonly out: Parameters<typeof load>[1];
  readonly threads: number;
}
const right: Parts = {
  place: [n],
  read: [iadd(imul(g, int(4)), n)],
  first: [],
  between: [barrier],
  middle: [barrier],
  tail: [],
  out: [g],
  threads: 4,
};

function kernel(change: Partial<Parts>, memories: readonly Memory[] = MEMORIES): LoopKernel {
  const p = { ...right, ...change };
  const halving = [2, 1].map(
    (half): Statement => ({
      k: 'if',
      cond: ilt(n, int(half)),
      body: [
        { k: 'accumulate', to: PART, index: [n], combine: 'sum', value: load(PART, [iadd(n, int(half))]) },
      ],
    }),
  );
  const body: Body = [
    ...p.first,
    { k: 'store', to: PART, index: p.place, value: load(IN, p.read) },
    ...p.between,
    halving[0]!,
    ...p.middle,
    halving[1]!,
    ...p.tail,
    { k: 'if', cond: ilt(n, int(1)), body: [{ k: 'store', to: OUT, index: p.out, value: load(PART, [n]) }] },
  ];
  return {
    memories,
    threads: p.threads,
    body: [loop('g', 3, 'workgroup', [loop('n', 4, 'invocation', body)])],
  };
}

const MEMORIES = [
  memory('a', 'input', 12),
  memory('out', 'output', 3),
  memory('part', 'workgroup', 4),
  memory('acc', 'register'),
];
const [TEMPORARY, INDICES] = [4, 4];
const WITH_TEMPORARY = [...MEMORIES, memory('scratch', 'temporary', 3)];
const WITH_INDICES: readonly Memory[] = [...MEMORIES, { ...memory('indices', 'input', 4), dtype: 'i32' }];
/** With an element of workgroup memory more than the kernel stores. */
const WIDE = MEMORIES.map((m) => (m.name === 'part' ? memory('part', 'workgroup', 5) : m));
const input = tensor(
  [12],
  Array.from({ length: 12 }, (_, i) => i + 1),
);

function run(k: LoopKernel, inputs: readonly TensorValue<number>[] = [input], subgroup = 4): number[] {
  return [...runLoops(checked(k), float64, inputs, { tokens: 1, subgroup })[0]!.values];
}

/** The kind of error of a kernel; its outputs where there is none. */
function outcome(k: LoopKernel, subgroup = 4): LoopError['what'] | number[] {
  try {
    // Indices, where a kernel has any: the last one is outside its input.
    const indices = tensor([4], [0, 1, 2, 12]);
    return run(
      k,
      k.memories.length > 4 && k.memories[4]!.space === 'input' ? [input, indices] : [input],
      subgroup,
    );
  } catch (e) {
    if (e instanceof LoopError) return e.what;
    throw e;
  }
}

test('the kernel without a fault sums', () => {
  expect(run(kernel({}))).toEqual([10, 26, 42]);
});

describe('a fault is refused by name', () => {
  const write = (to: number, index: Parameters<typeof load>[1], value = load(IN, [int(0)])): Statement => ({
    ...{ k: 'store', to, index, value },
  });
  const faults: Readonly<Record<string, readonly [LoopError['what'], LoopKernel]>> = {
    'no barrier after the stores': ['race', kernel({ between: [] })],
    'a barrier that only some invocations meet': [
      'divergent',
      kernel({ between: [{ k: 'if', cond: ilt(n, int(2)), body: [barrier] }] }),
    ],
    'a barrier in a loop that invocations leave at different times': [
      'divergent',
      kernel({ between: [loop('k', 4, 'serial', [barrier], { from: { value: n, step: 1 } })] }),
    ],
    'a barrier after a condition on data': [
      'divergent',
      kernel({
        between: [{ k: 'if', cond: { k: 'flt', a: load(IN, [n]), b: load(IN, [g]) }, body: [barrier] }],
      }),
    ],
    'a tail that is not clamped': ['outside', kernel({ read: [iadd(imul(g, int(5)), n)] })],
    'a stride off by one': ['race', kernel({ place: [imul(n, int(0))] })],
    'an offset off by one': ['outside', kernel({ place: [iadd(n, int(1))] })],
    'a negative index': ['outside', kernel({ read: [iadd(n, int(-1))] })],
    'an element that no invocation stores': [
      'unwritten',
      kernel({ tail: [write(PART, [n], load(PART, [int(4)]))] }, WIDE),
    ],
    'a register before its first store': [
      'unwritten',
      kernel({ first: [{ k: 'accumulate', to: ACC, index: [], combine: 'sum', value: load(IN, [n]) }] }),
    ],
    'a workgroup that reads what another stored': [
      'race',
      kernel({ first: [{ k: 'if', cond: ilt(int(0), g), body: [write(PART, [n], load(OUT, [int(0)]))] }] }),
    ],
    'workgroups that store one element': ['race', kernel({ out: [int(0)] })],
    'an output that is not whole': [
      'unwritten',
      kernel({}, [MEMORIES[0]!, memory('out', 'output', 4), ...MEMORIES.slice(2)]),
    ],
    'a store to an input': ['form', kernel({ first: [write(IN, [n])] })],
    'an index with too few parts': ['form', kernel({ first: [write(PART, [])] })],
    'a load with too many parts': ['form', kernel({ first: [write(PART, [n], load(IN, [n, n]))] })],
    'a name outside its loop': ['form', kernel({ first: [write(PART, [ax('k')])] })],
    'a name that is defined twice': [
      'form',
      kernel({ first: [{ k: 'let', name: 'n', value: int(0), extent: dimConst(1) }] }),
    ],
    'a name outside its extent': [
      'outside',
      kernel({ first: [{ k: 'let', name: 'i', value: iadd(n, int(1)), extent: dimConst(4) }] }),
    ],
    'a memory that is not there': ['form', kernel({ first: [write(9, [n])] })],
    'a workgroup loop inside another statement': [
      'form',
      kernel({ first: [loop('h', 2, 'workgroup', [write(PART, [n])])] }),
    ],
    'more invocations than a workgroup has': [
      'form',
      kernel({ first: [loop('m', 2, 'invocation', [write(PART, [n])])] }),
    ],
    'unrolling a loop of unknown length': [
      'form',
      kernel({
        first: [
          {
            ...(loop('k', 2, 'unrolled', [write(PART, [n])]) as For),
            trips: trips(dimVar('tokens')),
          },
        ],
      }),
    ],
    'a vector loop with a start': [
      'form',
      kernel({ first: [loop('k', 4, 'vector', [write(PART, [n])], { from: { value: int(0), step: 1 } })] }),
    ],
    'no barrier between the levels of a tree': ['race', kernel({ middle: [] })],
    'accumulating where another invocation accumulates': [
      'race',
      kernel({
        between: [
          barrier,
          { k: 'accumulate', to: PART, index: [int(0)], combine: 'sum', value: load(IN, [n]) },
          barrier,
        ],
      }),
    ],
    'a memory of the workgroup before': [
      'unwritten',
      kernel({ first: [{ k: 'if', cond: ilt(int(0), g), body: [write(ACC, [], load(PART, [n]))] }] }),
    ],
    'an element of a temporary that another workgroup stored': [
      'race',
      kernel({ first: [write(TEMPORARY, [int(0)])] }, WITH_TEMPORARY),
    ],
    'an element of a temporary that nobody stored': [
      'unwritten',
      kernel({ first: [write(ACC, [], load(TEMPORARY, [g]))] }, WITH_TEMPORARY),
    ],
    'digits of a position beyond their axes': [
      'outside',
      kernel({
        first: [
          {
            k: 'digits',
            axes: [
              { name: 'p', extent: dimConst(3) },
              { name: 'q', extent: dimConst(2) },
            ],
            of: iadd(imul(g, int(2)), n),
          },
        ],
      }),
    ],
    'a loop beyond a memory': [
      'outside',
      kernel({ first: [loop('k', 5, 'serial', [write(PART, [ax('k')])], { from: { value: n, step: 4 } })] }),
    ],
    'an index that is read from data': [
      'outside',
      kernel({ first: [write(ACC, [], load(IN, [iload(INDICES, [n])]))] }, WITH_INDICES),
    ],
    'an unrolled loop off by one': [
      'outside',
      kernel({
        first: [loop('k', 2, 'unrolled', [write(ACC, [], load(IN, [iadd(imul(g, int(6)), ax('k'))]))])],
      }),
    ],
    'combining what is no register': [
      'form',
      kernel({ first: [{ k: 'collect', to: PART, index: [], combine: 'sum' }] }),
    ],
    'combining in a branch': [
      'divergent',
      kernel({
        first: [
          { k: 'if', cond: ilt(n, int(1)), body: [{ k: 'collect', to: ACC, index: [], combine: 'sum' }] },
        ],
      }),
    ],
    'combining registers that some invocations never stored': [
      'unwritten',
      kernel({
        first: [
          { k: 'if', cond: ilt(n, int(1)), body: [write(ACC, [])] },
          { k: 'collect', to: ACC, index: [], combine: 'sum' },
        ],
      }),
    ],
  };
  test.each(Object.entries(faults))('%s', (_, [what, k]) => {
    expect(outcome(k)).toBe(what);
  });
});

describe('a barrier of a subgroup', () => {
  const shared = (scope: 'subgroup' | 'workgroup'): LoopKernel =>
    kernel({ between: [{ k: 'barrier', scope }] });
  test('is enough where the workgroup is one subgroup', () => {
    expect(outcome(shared('subgroup'))).toEqual([10, 26, 42]);
  });
  test('is not enough between subgroups', () => {
    expect(outcome(shared('subgroup'), 2)).toBe('race');
    expect(outcome(shared('workgroup'), 2)).toEqual([10, 26, 42]);
  });
});

describe('an input in the buffer of the output', () => {
  const inPlace = (read: Parameters<typeof load>[1], after: Body = []): LoopKernel => ({
    memories: [{ ...memory('a', 'input', 12), alias: 1 }, memory('out', 'output', 12)],
    threads: 4,
    body: [
      loop('g', 3, 'workgroup', [
        loop('n', 4, 'invocation', [
          { k: 'let', name: 'i', value: iadd(imul(g, int(4)), n), extent: dimConst(12) },
          { k: 'store', to: 1, index: [ax('i')], value: load(0, read) },
          ...after,
        ]),
      ]),
    ],
  });
  test('is read by who replaces it', () => {
    expect(outcome(inPlace([ax('i')]))).toEqual([...input.values]);
  });
  test('is not read after it was replaced', () => {
    const again: Body = [{ k: 'store', to: 1, index: [ax('i')], value: load(0, [ax('i')]) }];
    expect(outcome(inPlace([ax('i')], again))).toBe('overwritten');
  });
  test('is not read by another invocation', () => {
    expect(outcome(inPlace([iadd(imul(g, int(4)), int(0))]))).toBe('race');
  });
  test('is not read by another workgroup', () => {
    expect(['race', 'overwritten']).toContain(outcome(inPlace([n])));
  });
});
