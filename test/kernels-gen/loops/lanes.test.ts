/** Registers that the lanes of a subgroup shuffle: what the interpreter and the form refuse, and the code. */
import { describe, expect, test } from 'vitest';
import { dimConst, dimVar } from '../../../compiler/dims/dims.ts';
import { ax, call, iadd, ieq, ilt, int, isub, load } from '../../../compiler/primitives/build.ts';
import type { Expr, IntExpr } from '../../../compiler/primitives/expr.ts';
import { tensor } from '../../../compiler/semantics/domains/domain.ts';
import { float64 } from '../../../compiler/semantics/domains/float64.ts';
import { LoopError } from '../../../kernels-gen/loops/error.ts';
import { runLoops } from '../../../kernels-gen/loops/interpret.ts';
import { showLoops } from '../../../kernels-gen/loops/show.ts';
import { checked } from '../../../kernels-gen/loops/spec.ts';
import type { Body, For, LoopKernel, Memory, Statement } from '../../../kernels-gen/loops/type.ts';
import { printWgsl } from '../../../kernels-gen/print/wgsl.ts';
import { loop, memory } from './statements.ts';

const [IN, OUT, D, ACC] = [0, 1, 2, 3];
const when = (cond: (Statement & { k: 'if' })['cond'], ...body: Body): Statement => ({ k: 'if', cond, body });
const store = (to: number, index: readonly IntExpr[], value: Expr): Statement => ({
  ...{ k: 'store', to, index, value },
});
const add = (value: Expr): Statement => ({ k: 'accumulate', to: ACC, index: [], combine: 'sum', value });
const [g, s, n, k] = [ax('g'), ax('s'), ax('n'), ax('k')];
const one = load(IN, [int(0)]);

/** Changes to a kernel in which each of eight invocations, as two subgroups, adds up what the lanes of its subgroup have. */
interface Parts {
  readonly fill: Body;
  readonly between: Body;
  /** The lane that lane n reads in turn k. */
  readonly from: IntExpr;
  readonly memories: readonly Memory[];
  readonly threads: number;
}
const MEMORIES = [
  memory('a', 'input', 8),
  memory('out', 'output', 2, 2, 4),
  memory('d', 'lanes', 2, 4),
  memory('acc', 'register'),
];
const right: Parts = {
  fill: [store(D, [int(0), n], load(IN, [ax('at')]))],
  between: [],
  from: k,
  memories: MEMORIES,
  threads: 8,
};

function kernel(change: Partial<Parts> = {}): LoopKernel {
  const { fill, between, from, memories, threads } = { ...right, ...change };
  const at: Statement = {
    ...{ k: 'let', name: 'at', extent: dimConst(8) },
    value: iadd({ k: 'imul', a: s, b: int(4) }, n),
  };
  const sum = [
    store(ACC, [], { k: 'fromInt', a: int(0) }),
    loop('k', 4, 'serial', [add(load(D, [int(0), from]))]),
  ];
  const body: Body = [at, ...fill, ...between, ...sum, store(OUT, [g, s, n], load(ACC, []))];
  const inner = loop('s', threads / 4, 'invocation', [loop('n', 4, 'invocation', body)], { stride: 4 });
  return { memories, threads, body: [loop('g', 2, 'workgroup', [inner])] };
}

const input = tensor([8], [1, 2, 3, 4, 10, 20, 30, 40]);
const values = (loops: LoopKernel, subgroup = 4): number[] => [
  ...runLoops(loops, float64, [input], { tokens: 1, subgroup })[0]!.values,
];
function outcome(run: () => number[]): LoopError['what'] | number[] {
  try {
    return run();
  } catch (e) {
    if (e instanceof LoopError) return e.what;
    throw e;
  }
}
const half = [10, 10, 10, 10, 100, 100, 100, 100];

test('each subgroup has registers of its own, and reads them without a barrier', () => {
  expect(values(checked(kernel()))).toEqual([...half, ...half]);
});

test('a lane reads its own register where others do not run', () => {
  const own = when(ilt(n, int(2)), store(D, [int(0), n], call('mul', load(D, [int(0), n]), one)));
  expect(values(checked(kernel({ between: [own] })))).toEqual([...half, ...half]);
});

test('subgroups take branches that others do not take, and lanes shuffle there', () => {
  const doubled = when(ieq(s, int(0)), store(D, [int(0), n], load(D, [int(0), isub(int(3), n)])));
  expect(values(checked(kernel({ between: [doubled] })))).toEqual([...half, ...half]);
});

describe('a fault is refused by name', () => {
  const shuffle = add(load(D, [int(0), isub(int(3), n)]));
  const start = store(ACC, [], one);
  const faults: Readonly<Record<string, readonly [LoopError['what'], Partial<Parts>]>> = {
    "a store to another lane's register": ['lane', { fill: [store(D, [int(0), isub(int(3), n)], one)] }],
    'a store of all lanes to one register': ['lane', { fill: [store(D, [int(0), int(0)], one)] }],
    'a lane that no subgroup has': ['outside', { from: iadd(k, int(1)) }],
    'a shuffle in a branch': ['divergent', { between: [start, when(ilt(n, int(2)), shuffle)] }],
    'a shuffle after a condition on data': [
      'divergent',
      { between: [start, when({ k: 'flt', a: one, b: load(IN, [n]) }, shuffle)] },
    ],
    'a shuffle in a loop that lanes leave at different times': [
      'divergent',
      { between: [start, loop('j', 4, 'serial', [shuffle], { from: { value: n, step: 1 } })] },
    ],
    'a register that no lane stored': ['unwritten', { between: [start, add(load(D, [int(1), int(2)]))] }],
    'a register that some lanes did not store': [
      'unwritten',
      {
        fill: [...right.fill, when(ilt(n, int(2)), store(D, [int(1), n], one))],
        between: [start, add(load(D, [int(1), isub(int(3), n)]))],
      },
    ],
    'a register that only another subgroup stored': [
      'unwritten',
      { fill: [when(ieq(s, int(0)), ...right.fill)] },
    ],
    'a register that the workgroup before stored': [
      'unwritten',
      { fill: [when(ieq(g, int(0)), ...right.fill)] },
    ],
    'a lane of a subgroup that is not full': ['form', { memories: [...MEMORIES, memory('e', 'lanes', 8)] }],
    'a number of lanes that changes': [
      'form',
      { memories: [...MEMORIES, { ...memory('e', 'lanes'), shape: [dimVar('tokens')] }] },
    ],
    'lanes without a dimension': ['form', { memories: [...MEMORIES, memory('e', 'lanes')] }],
    'an index without a lane': ['form', { fill: [store(D, [int(0)], one)] }],
  };
  test.each(Object.entries(faults))('%s', (_, [what, change]) => {
    expect(outcome(() => values(checked(kernel(change))))).toBe(what);
  });

  test('another size of subgroups', () => {
    expect(outcome(() => values(checked(kernel()), 2))).toBe('form');
    expect(outcome(() => values(checked(kernel()), 8))).toBe('form');
  });

  test('a lane that does not run the statement, which the form cannot know', () => {
    const branch = [start, when(ilt(n, int(2)), shuffle)];
    expect(outcome(() => values(kernel({ between: branch })))).toBe('inactive');
    const late = loop('j', 4, 'serial', [shuffle], { from: { value: n, step: 1 } });
    expect(outcome(() => values(kernel({ between: [start, late] })))).toBe('inactive');
  });

  test('a lane of a subgroup that is not full', () => {
    const six: LoopKernel = {
      memories: [memory('a', 'input', 8), memory('out', 'output', 6), memory('d', 'lanes', 4)],
      threads: 6,
      body: [
        loop('n', 6, 'invocation', [
          {
            ...{ k: 'let', name: 'l', extent: dimConst(4) },
            value: { k: 'imod', a: n, by: 4 },
          },
          store(D, [ax('l')], one),
          store(OUT, [n], load(D, [int(3)])),
        ]),
      ],
    };
    expect(outcome(() => values(checked(six)))).toBe('inactive');
  });
});

describe('the code', () => {
  /** The statements of a kernel of one subgroup of four lanes, which sum into `acc`. */
  function statements(d: Memory, body: Body): string[] {
    const memories = [memory('a', 'input', 8), memory('out', 'output', 4), d, memory('acc', 'register')];
    const own = [store(ACC, [], one), ...body, store(OUT, [n], load(ACC, []))];
    const loops = checked({ memories, threads: 4, body: [loop('n', 4, 'invocation', own)] });
    expect(showLoops(loops)).toContain(
      `lanes d[${d.shape.map((x) => x.terms[0]!.coef.num).join(', ')}]: f32`,
    );
    const { wgsl, features } = printWgsl({ naive: loops, steps: [], loops }).module;
    expect(features).toEqual(['subgroups']);
    return wgsl
      .slice(wgsl.indexOf('lane = i32(local);') + 18, wgsl.lastIndexOf('\n}'))
      .trim()
      .split(/\n\s*/);
  }
  const fill = (how: For['how']) => loop('j', 4, how, [store(D, [ax('j'), n], load(IN, [iadd(ax('j'), n)]))]);

  test('names an own register alone, and the lane that has another', () => {
    expect(
      statements(memory('d', 'lanes', 4), [
        store(D, [n], load(IN, [n])),
        store(D, [n], call('mul', load(D, [n]), load(D, [int(3)]))),
        loop('k', 4, 'serial', [add(load(D, [k]))]),
      ]),
    ).toEqual([
      'var acc = arg0[0];',
      'var d = arg0[lane];',
      'd = d * subgroupShuffle(d, 3);',
      'for (var k = 0; k < 4; k += 1) {',
      'let i_2 = u32(k);',
      'acc += subgroupShuffle(d, i_2);',
      '}',
      'out[lane] = acc;',
    ]);
  });

  test('has a variable for each register that constants name, and an array for others', () => {
    const last = (i: IntExpr) => add(load(D, [i, int(2)]));
    const unrolled = statements(memory('d', 'lanes', 4, 4), [fill('unrolled'), last(int(1))]);
    expect(unrolled.at(-2)).toBe('acc += subgroupShuffle(arg0[lane + 1], 2);');
    const array = statements(memory('d', 'lanes', 4, 4), [fill('serial'), loop('k', 4, 'serial', [last(k)])]);
    expect(array).toContain('var d: array<f32, 4>;');
    expect(array).toContain('d[j] = arg0[lane + j];');
    expect(array).toContain('acc += subgroupShuffle(d[k], 2);');
  });

  test('shuffles a vector at once', () => {
    const read: Statement = loop('j', 4, 'vector', [
      store(D, [ax('j'), n], call('mul', load(D, [ax('j'), n]), load(D, [ax('j'), k]))),
    ]);
    const first = loop('j', 4, 'vector', [store(D, [ax('j'), n], load(IN, [iadd(ax('j'), n)]))]);
    const text = statements(memory('d', 'lanes', 4, 4), [first, loop('k', 4, 'serial', [read])]);
    expect(text).toContain('let i_5 = u32(k);');
    expect(text).toContain('d = d * subgroupShuffle(d, i_5);');
  });

  test('is refused where a workgroup has other subgroups', () => {
    const loops = checked(kernel());
    expect(() => printWgsl({ naive: loops, steps: [], loops })).toThrow('no single subgroup');
  });
});
