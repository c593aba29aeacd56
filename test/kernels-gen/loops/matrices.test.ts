/** Subgroup matrices: what they mean, what is refused, and that products keep their meaning by them. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { ax, call, constant, iadd, ilt, imul, int, load } from '../../../compiler/primitives/build.ts';
import type { Expr, IntExpr } from '../../../compiler/primitives/expr.ts';
import { tensor } from '../../../compiler/semantics/domains/domain.ts';
import { field } from '../../../compiler/semantics/domains/field.ts';
import { float64 } from '../../../compiler/semantics/domains/float64.ts';
import { canonical } from '../../../kernels-gen/families/contraction/root.ts';
import { LoopError } from '../../../kernels-gen/loops/error.ts';
import { runLoops } from '../../../kernels-gen/loops/interpret.ts';
import { checked } from '../../../kernels-gen/loops/spec.ts';
import type { Body, For, LoopKernel, Memory, Statement } from '../../../kernels-gen/loops/type.ts';
import { printWgsl } from '../../../kernels-gen/print/wgsl.ts';
import { bindSubgroups } from '../../../kernels-gen/schedule/steps/subgroups.ts';
import { tensorise } from '../../../kernels-gen/schedule/steps/tensorise.ts';
import { type MatrixTile, matrixLoops } from '../../../kernels-gen/schedule/workgroup/matrix.ts';
import { assertCovering } from '../../support/runs.ts';
import { type Added, productOf } from './products.ts';
import { meaningOf, valuesFor } from './run.ts';
import { loop, memory } from './statements.ts';

const SUBGROUP = 4;
const [A, B, OUT, LEFT, RIGHT, SUMS, SUM, L, R] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
/** Two slots, each with a product of 2 × 4 by 4 × 3: s·a by b. */
const MEMORIES: readonly Memory[] = [
  memory('a', 'input', 2, 4),
  memory('b', 'input', 4, 3),
  memory('out', 'output', 2, 2, 3),
  memory('left_tile', 'workgroup', 4, 4),
  memory('right_tile', 'workgroup', 4, 3),
  memory('sums', 'workgroup', 4, 3),
  memory('sum', 'matrix', 2, 3),
  memory('left', 'matrix', 2, 4),
  memory('right', 'matrix', 4, 3),
];
const [s, r, k, c, n] = ['s', 'r', 'k', 'c', 'n'].map(ax) as [IntExpr, IntExpr, IntExpr, IntExpr, IntExpr];
const sizes = { r: 2, k: 4, c: 3 };
const over = (axes: readonly (keyof typeof sizes)[], how: For['how'], s: Statement): Statement =>
  axes.reduceRight<Statement>((inner, axis) => loop(axis, sizes[axis], how, [inner]), s);
const store = (to: number, index: readonly IntExpr[], value: Expr): Statement => ({
  ...{ k: 'store', to, index, value },
});
const barrier: Statement = { k: 'barrier', scope: 'workgroup' };
const place = (row: IntExpr): IntExpr => iadd(imul(s, int(2)), row);
const when = (body: Body, below = 2): Statement => ({ k: 'if', cond: ilt(s, int(below)), body });
const each = (body: Body): Statement => loop('n', 8, 'invocation', body, { stride: 1 });

interface Parts {
  readonly how: For['how'];
  readonly memories: readonly Memory[];
  readonly copied: Body;
  readonly between: Body;
  readonly fill: Statement;
  readonly loads: Body;
  readonly product: Expr;
  readonly around: (product: Body) => Statement;
  readonly stored: (matrix: Statement) => Body;
  readonly last: Body;
  readonly threads: number;
}

function kernel(change: Partial<Parts> = {}): LoopKernel {
  const right: Parts = {
    how: 'matrix',
    memories: MEMORIES,
    copied: [
      each([
        // left_tile[k, row] = (row of slot + 1) · a[row, k], right_tile = b
        loop('q', 2, 'unrolled', [
          store(
            LEFT,
            [{ k: 'idiv', a: n, by: 2 }, iadd(imul(ax('q'), int(2)), { k: 'imod', a: n, by: 2 })],
            call(
              'mul',
              { k: 'fromInt', a: iadd(ax('q'), int(1)) },
              load(A, [
                { k: 'imod', a: n, by: 2 },
                { k: 'idiv', a: n, by: 2 },
              ]),
            ),
          ),
        ]),
        {
          k: 'if',
          cond: ilt(n, int(4)),
          body: [loop('j', 3, 'serial', [store(RIGHT, [n, ax('j')], load(B, [n, ax('j')]))])],
        },
      ]),
    ],
    between: [barrier],
    fill: over(['r', 'c'], change.how ?? 'matrix', store(SUM, [r, c], constant(0))),
    loads: [
      over(['r', 'k'], change.how ?? 'matrix', store(L, [r, k], load(LEFT, [k, place(r)]))),
      over(['k', 'c'], change.how ?? 'matrix', store(R, [k, c], load(RIGHT, [k, c]))),
    ],
    product: call('mul', load(L, [r, k]), load(R, [k, c])),
    around: (body) => when(body),
    stored: (m) => [when([m])],
    last: [barrier],
    threads: 8,
  };
  const p = { ...right, ...change };
  const add: Statement = { k: 'accumulate', to: SUM, index: [r, c], combine: 'sum', value: p.product };
  const results = store(SUMS, [place(r), c], load(SUM, [r, c]));
  return {
    memories: p.memories,
    threads: p.threads,
    body: [
      loop('s', 2, 'subgroup', [
        p.fill,
        barrier,
        ...p.copied,
        ...p.between,
        p.around([...p.loads, over(['r', 'k', 'c'], p.how, add)]),
        ...p.stored(over(['r', 'c'], p.how, results)),
      ]),
      ...p.last,
      each([
        {
          ...{ k: 'if', cond: ilt(n, int(4)) },
          body: [
            loop('j', 3, 'serial', [
              store(
                OUT,
                [{ k: 'idiv', a: n, by: 2 }, { k: 'imod', a: n, by: 2 }, ax('j')],
                load(SUMS, [n, ax('j')]),
              ),
            ]),
          ],
        },
      ]),
    ],
  };
}

const a = [1, 2, 3, 4, 5, 6, 7, 8];
const b = [1, 0, 2, 0, 1, 1, 3, 0, 1, 1, 1, 0];
const inputs = [tensor([2, 4], a), tensor([4, 3], b)];
const run = (of: LoopKernel, subgroup = SUBGROUP) => [
  ...runLoops(checked(of), float64, inputs, { tokens: 1, subgroup })[0]!.values,
];
const product = [0, 1].flatMap((i) =>
  [0, 1, 2].map((j) => [0, 1, 2, 3].reduce((sum, x) => sum + a[4 * i + x]! * b[3 * x + j]!, 0)),
);
const expected = [...product, ...product.map((x) => 2 * x)];

it.each([1, 2, 4, 8])('slots are multiplied by subgroups of %d, in rounds', (subgroup) => {
  expect(run(kernel(), subgroup)).toEqual(expected);
});

describe('a fault is refused by name', () => {
  const outcome = (of: LoopKernel, subgroup?: number): string => {
    try {
      return `${run(of, subgroup)}`;
    } catch (e) {
      if (e instanceof LoopError) return `${e.what}: ${e.message}`;
      throw e;
    }
  };
  const replaced = (at: number, change: Partial<Memory>) => ({
    memories: MEMORIES.map((m, i) => (i === at ? { ...m, ...change } : m)),
  });
  const some = (body: Body): Statement => each([{ k: 'if', cond: ilt(n, int(6)), body }]);
  const matrix = (st: Statement, ...axes: readonly (keyof typeof sizes)[]) => over(axes, 'matrix', st);
  const FAULTS: Readonly<Record<string, readonly [string, LoopKernel, number?]>> = {
    'no barrier between the copies and the loads': ['race: ', kernel({ between: [] })],
    'no barrier before the results are read': ['race: ', kernel({ last: [] })],
    'results that their own subgroup reads without a barrier': ['race: ', kernel({ last: [] }), 8],
    'a barrier of the subgroup where others store': [
      'race: ',
      kernel({ last: [{ k: 'barrier', scope: 'subgroup' }] }),
    ],
    'two stores of a subgroup to one element': ['race: ', kernel({ stored: (m) => [when([m, m])] })],
    'a slot without a condition': ['outside: ', kernel({ around: (body) => when(body, 8) }), 2],
    'a tile that begins too late': [
      'outside: ',
      kernel({
        loads: [
          matrix(store(L, [r, k], load(LEFT, [iadd(k, int(1)), place(r)])), 'r', 'k'),
          matrix(store(R, [k, c], load(RIGHT, [k, c])), 'k', 'c'),
        ],
      }),
    ],
    'a matrix that was never loaded': ['unwritten: ', kernel({ loads: [] })],
    'a tile that was never copied': ['unwritten: ', kernel({ copied: [] })],
    'a condition that only some of a subgroup meet': [
      'divergent: a matrix over r is where some of a subgroup do not run',
      kernel({ around: some }),
    ],
    'a workgroup of no whole subgroups': [
      'divergent: a matrix is met by 8 invocations, which are no whole subgroups of 3',
      kernel(),
      3,
    ],
    'a barrier where only some subgroups have a slot': [
      'divergent: a barrier is in a branch',
      kernel({ around: (body) => when([barrier, ...body]) }),
    ],
    'an index that differs in a subgroup': [
      'form: an index of a matrix is not the same in all invocations of a subgroup',
      kernel({
        around: (body) => each([loop('t', 2, 'serial', body), when([])]),
        loads: [
          matrix(store(L, [r, k], load(LEFT, [k, iadd(n, r)])), 'r', 'k'),
          matrix(store(R, [k, c], load(RIGHT, [k, c])), 'k', 'c'),
        ],
      }),
    ],
    'factors in the wrong order': [
      'form: the loops over r, k, c are no operation on matrices',
      kernel({ product: call('mul', load(R, [k, c]), load(L, [r, k])) }),
    ],
    'a sum of what is no product': [
      'form: the loops over r, k, c are no operation on matrices',
      kernel({ product: load(L, [r, k]) }),
    ],
    'a matrix that is filled with 1': [
      'form: the loops over r, c are no operation on matrices',
      kernel({ fill: matrix(store(SUM, [r, c], constant(1)), 'r', 'c') }),
    ],
    'loops over a part of a matrix': [
      'form: the loops over r, c are no operation on matrices',
      kernel(replaced(SUM, { shape: MEMORIES[RIGHT]!.shape })),
    ],
    'a matrix that is loaded from a buffer': [
      'form: matrix right is loaded from or stored to no workgroup memory',
      kernel(replaced(RIGHT, { space: 'temporary' })),
    ],
    'a tile of another type': [
      'form: matrix left and left_tile differ in type',
      kernel(replaced(LEFT, { dtype: 'f16' })),
    ],
    'factors of different types': [
      'form: left and right differ in type',
      kernel({
        memories: MEMORIES.map((m, i) => (i === LEFT || i === L ? { ...m, dtype: 'f16' as const } : m)),
      }),
    ],
    'lines whose elements are no neighbours': [
      'form: neither rows nor columns of matrix right are neighbours in right_tile',
      kernel({
        memories: MEMORIES.map((m, i) => (i === RIGHT ? memory('right_tile', 'workgroup', 4, 6) : m)),
        loads: [
          matrix(store(L, [r, k], load(LEFT, [k, place(r)])), 'r', 'k'),
          matrix(store(R, [k, c], load(RIGHT, [k, imul(c, int(2))])), 'k', 'c'),
        ],
      }),
    ],
    'a condition inside a matrix': [
      'form: the loops over r, c are no operation on matrices',
      kernel({
        fill: loop('r', 2, 'matrix', [loop('c', 3, 'matrix', [when([store(SUM, [r, c], constant(0))])])]),
      }),
    ],
    'a matrix outside its operations': [
      'form: sum is a matrix, which only its operations touch',
      kernel({ stored: () => [when([store(SUMS, [int(0), int(0)], load(SUM, [int(0), int(0)]))])] }),
    ],
    'a store to a matrix outside its operations': [
      'form: sum is a matrix, which only its operations touch',
      kernel({ how: 'serial' }),
    ],
    'subgroups inside subgroups': [
      'form: loop t over subgroups is in a loop over invocations or subgroups',
      kernel({ around: (body) => loop('t', 2, 'subgroup', body) }),
    ],
  };
  test.each(Object.entries(FAULTS))('%s', (_, [what, of, subgroup]) => {
    expect(outcome(of, subgroup)).toContain(what);
  });
  test('a part of a subgroup, also where a kernel was not checked', () => {
    expect(() => runLoops(kernel({ around: some }), float64, inputs, { tokens: 1, subgroup: 4 })).toThrow(
      'a matrix is met by 6 invocations, which are no whole subgroups of 4',
    );
  });
});

describe('the steps', () => {
  /** The kernel with registers in serial loops, for one invocation. */
  const inRegisters = (change: Partial<Parts> = {}): LoopKernel => {
    const memories = MEMORIES.map((m): Memory => (m.space === 'matrix' ? { ...m, space: 'register' } : m));
    const around = (body: Body) => loop('one', 1, 'serial', body);
    const of = kernel({ how: 'serial', memories, around, stored: (m) => [m], ...change });
    const serial = (body: Body): Body =>
      body.map((st): Statement => {
        if (st.k !== 'for') return st.k === 'if' ? { ...st, body: serial(st.body) } : st;
        const how = st.how === 'unrolled' ? st.how : 'serial';
        const { stride: _, ...loopOf } = st;
        return { ...loopOf, how, body: serial(st.body) };
      });
    return { ...of, body: serial(of.body), threads: 1 };
  };
  it('make matrices of registers, and let the subgroups of a workgroup take turns', () => {
    const naive = checked(inRegisters());
    expect(run(naive, 1)).toEqual(expected);
    const tensorised = checked(tensorise(['r', 'c', 'k']).apply(naive));
    expect(tensorised.memories.filter((m) => m.space === 'matrix').map((m) => m.name)).toEqual([
      'sum',
      'left',
      'right',
    ]);
    expect(run(tensorised, 1)).toEqual(expected);
    expect(run(bindSubgroups('s', 1).apply(tensorised), 1)).toEqual(expected);
  });
  it('give matrices the type of the tiles that they are loaded from', () => {
    const memories = inRegisters().memories.map((m, i) =>
      i === LEFT || i === RIGHT ? { ...m, dtype: 'f16' as const } : m,
    );
    const { memories: made } = tensorise(['r', 'c', 'k']).apply(inRegisters({ memories }));
    expect([SUM, L, R].map((m) => made[m]!.dtype)).toEqual(['f32', 'f16', 'f16']);
  });
  it('refuse what they would change the meaning of', () => {
    expect(() => tensorise(['q']).apply(inRegisters())).toThrow('the loop over q is not serial');
    expect(() => tensorise(['r', 'c']).apply(inRegisters())).toThrow(
      'the loops over r are no operation on matrices',
    );
    expect(() => bindSubgroups('s', 8).apply({ ...inRegisters(), threads: 2 })).toThrow(
      'the invocations of the workgroup are in use',
    );
    const late = {
      ...inRegisters(),
      body: [loop('s', 2, 'serial', [], { from: { value: int(1), step: 1 } })],
    };
    expect(() => bindSubgroups('s', 8).apply(late)).toThrow(
      'the loop over s is not serial, or has bounds of its own',
    );
  });
});

describe('the code', () => {
  const codeOf = (loops: LoopKernel) => printWgsl({ naive: loops, steps: [], loops }).module;
  it('loads, multiplies and stores matrices', () => {
    const { wgsl, features } = codeOf(kernel());
    for (const text of [
      'alias Left = subgroup_matrix_left<f32, 4, 2>;',
      'alias Right = subgroup_matrix_right<f32, 3, 4>;',
      'alias Sum = subgroup_matrix_result<f32, 3, 2>;',
      'var sum = Sum();',
      'let left = subgroupMatrixLoad<Left, col_major>(&left_tile, u32(i_10), 4);',
      'let right = subgroupMatrixLoad<Right, row_major>(&right_tile, u32(0), 3);',
      'sum = subgroupMatrixMultiplyAccumulate(left, right, sum);',
      'subgroupMatrixStore<row_major>(&sums, u32(i_11), sum, 3);',
      'for (var s_first = 0; s_first < 2; s_first += i32(subgroups))',
    ])
      expect(wgsl).toContain(text);
    expect(features).toContain('chromium-experimental-subgroup-matrix');
  });
  it('has one type for each kind of matrix, and sets each once', () => {
    const twice = over(['r', 'k'], 'matrix', store(L, [r, k], load(LEFT, [k, place(r)])));
    const again = over(['k', 'c'], 'matrix', store(R, [k, c], load(RIGHT, [k, c])));
    expect(() => codeOf(kernel({ loads: [twice, twice, again] }))).toThrow('matrix left is set twice');
    const unused = kernel({ memories: [...MEMORIES, memory('other', 'matrix', 2, 3)] });
    const filled = over(['r', 'c'], 'matrix', store(MEMORIES.length, [r, c], constant(0)));
    expect(() => codeOf({ ...unused, body: [filled, ...unused.body] })).toThrow('matrix other is set twice');
  });
});

test('products keep their meaning by matrices of all sizes', () => {
  const kinds = fc.record({
    ...{
      batch: fc.constantFrom(1, 2),
      m: fc.constantFrom(1, 5, 8, 'tokens'),
      n: fc.constantFrom(1, 3, 8, 12),
    },
    k: fc.constantFrom(2, 12, 16, 33, 'tokens'),
    across: fc.record({ a: fc.boolean(), b: fc.boolean(), out: fc.boolean() }),
    added: fc.constantFrom<Added>('none', 'same', 'no rows', 'no columns'),
    isFinished: fc.boolean(),
  });
  const size = fc.constantFrom(2, 4);
  const groups = fc.record({
    ...{ m: size, n: size, k: fc.constantFrom(2, 4, 16), each: fc.constantFrom(1, 2) },
    ...{ down: fc.constantFrom(1, 2), across: fc.constantFrom(1, 2), times: fc.constantFrom(1, 2) },
    subgroup: fc.constantFrom(2, 4, 8),
    component: fc.constantFrom<'f32' | 'f16'>('f32', 'f16'),
  });
  const met = new Set<string>();
  assertCovering(
    fc.property(kinds, fc.constantFrom(0, 1, 9), groups, fc.integer(), (kind, tokens, g, seed) => {
      const { m, n, k, each: matrices, down, across, times, component } = g;
      const cols = across * n;
      // A row of results has whole invocations, and a workgroup whole subgroups.
      const threads = cols * g.subgroup * times;
      const group: MatrixTile = { rows: down * matrices * m, cols, down, across, threads };
      const own = canonical(productOf(kind));
      const values = valuesFor(own.root.args, tokens, seed);
      const { loops } = matrixLoops(own, { m, n, k, component, result: 'f32' }, group);
      const [y] = runLoops(loops, field(7), values, { tokens, subgroup: g.subgroup });
      expect([...y!.values]).toEqual(meaningOf(own, values, tokens));
      for (const memoryOf of loops.memories) if (memoryOf.vectors) met.add(memoryOf.name);
    }),
    [60, 1000],
    () => met.size === 2,
  );
  expect([...met].sort()).toEqual(['arg0', 'arg1']);
});
