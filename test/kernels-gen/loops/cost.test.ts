/** What loops are counted to do is what the interpreter does, and never less where conditions leave something out. */
import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { printDim } from '../../../compiler/dims/dims.ts';
import { ax, call, iadd, int, load } from '../../../compiler/primitives/build.ts';
import type { Domain, TensorValue } from '../../../compiler/semantics/domains/domain.ts';
import { field } from '../../../compiler/semantics/domains/field.ts';
import { canonical } from '../../../kernels-gen/families/contraction/root.ts';
import { contractionLoops } from '../../../kernels-gen/families/contraction/schedule.ts';
import { costOf, countAt } from '../../../kernels-gen/loops/cost.ts';
import { runLoops } from '../../../kernels-gen/loops/interpret.ts';
import type { LoopKernel, Space } from '../../../kernels-gen/loops/type.ts';
import { strip } from '../../../kernels-gen/schedule/steps/strip.ts';
import { matrixLoops } from '../../../kernels-gen/schedule/workgroup/matrix.ts';
import { partLoops, sharedLoops, tileOfGroup } from '../../../kernels-gen/schedule/workgroup/shared.ts';
import { runs } from '../../support/runs.ts';
import { type Added, type ProductKind, productOf } from './products.ts';
import { valuesFor } from './run.ts';
import { loop, memory } from './statements.ts';

interface Counts {
  flops: number;
  readonly loaded: Map<Space, number>;
  readonly stored: Map<Space, number>;
}

/** Counts the operations, loads and stores of the interpreter. Every element has four bytes. */
function counted(
  kernel: LoopKernel,
  inputs: readonly TensorValue<number>[],
  options: { tokens: number; subgroup?: number },
): Counts {
  const own = field(7);
  const all: Counts = { flops: 0, loaded: new Map(), stored: new Map() };
  const spaces = new Map<TensorValue<number>, Space>(inputs.map((t) => [t, 'input']));
  const made = kernel.memories.filter((m) => m.space !== 'input').map((m) => m.space);
  const note = (to: Map<Space, number>, t: TensorValue<number>) => {
    const space = spaces.get(t)!;
    if (!['register', 'lanes', 'matrix'].includes(space)) to.set(space, (to.get(space) ?? 0) + 4);
  };
  const functions = ['add', 'sub', 'mul', 'div', 'max', 'min', 'neg', 'abs', 'exp', 'log', 'sqrt'] as const;
  const counting = functions.map((f) => {
    const call = own[f] as (...args: readonly number[]) => number;
    const noted = (...args: readonly number[]) => {
      all.flops++;
      return call(...args);
    };
    return [f, noted];
  });
  const domain: Domain<number> = {
    ...own,
    ...(Object.fromEntries(counting) as Partial<Domain<number>>),
    create(shape) {
      const t = own.create(shape);
      spaces.set(t, made.shift()!);
      return t;
    },
    read(t, at) {
      note(all.loaded, t);
      return own.read(t, at);
    },
    write(t, at, x, dtype) {
      note(all.stored, t);
      own.write(t, at, x, dtype);
    },
  };
  runLoops(kernel, domain, inputs, options);
  return all;
}

function expectCounts(
  kernel: LoopKernel,
  inputs: readonly TensorValue<number>[],
  tokens: number,
  isExact: boolean,
  subgroup?: number,
): void {
  const cost = costOf(kernel);
  const options = { tokens, ...(subgroup ? { subgroup } : {}) };
  const run = counted(kernel, inputs, options);
  const at = (count: Parameters<typeof countAt>[0]) => countAt(count, cost, tokens, subgroup);
  const bytes = (of: ReadonlyMap<Space, Parameters<typeof countAt>[0]>) =>
    Object.fromEntries([...of].map(([space, count]) => [space, at(count)]));
  if (isExact) {
    expect(run.flops).toBe(at(cost.flops));
    expect(Object.fromEntries(run.loaded)).toEqual(bytes(cost.loaded));
    expect(Object.fromEntries(run.stored)).toEqual(bytes(cost.stored));
    return;
  }
  expect(run.flops).toBeLessThanOrEqual(at(cost.flops));
  for (const [moved, most] of [
    [run.loaded, bytes(cost.loaded)],
    [run.stored, bytes(cost.stored)],
  ] as const)
    for (const [space, count] of moved) expect(count).toBeLessThanOrEqual(most[space]!);
}

const MATRIX = { m: 4, n: 4, k: 4, component: 'f32', result: 'f32' } as const;
const GROUP = { rows: 16, cols: 16, down: 2, across: 2, threads: 32 };
const schedules = (kind: ProductKind) => {
  const kernel = canonical(productOf(kind));
  const shared = tileOfGroup(16, 16);
  const own = { rows: 4, cols: 4, batchThreads: 1, rowThreads: 4, colThreads: 4 };
  return {
    args: kernel.root.args,
    kernels: {
      naive: [contractionLoops(kernel, own).naive],
      tiles: [contractionLoops(kernel, own).loops],
      shared: [sharedLoops(kernel, shared).loops],
      parts: [partLoops({ ...kernel, epilogue: null }, shared, 2).loops],
      matrices: [matrixLoops(kernel, MATRIX, GROUP).loops, 8, 16, 32],
    } as Readonly<Record<string, readonly [LoopKernel, ...number[]]>>,
  };
};
const layouts = {
  batch: fc.constantFrom(1, 2),
  across: fc.record({ a: fc.boolean(), b: fc.boolean(), out: fc.boolean() }),
  isFinished: fc.boolean(),
};

test.each([
  ['exactly, where tiles have no remainders', true],
  ['and at most, where they have some', false],
] as const)('products do what is counted: %s', (_, isExact) => {
  const kinds = fc.record({
    ...layouts,
    m: isExact ? fc.constantFrom(16, 32, 'tokens') : fc.constantFrom(1, 5, 18, 'tokens'),
    n: isExact ? fc.constantFrom(16, 32) : fc.constantFrom(1, 12, 17),
    k: isExact ? fc.constantFrom(32, 64) : fc.constantFrom(2, 20, 33, 'tokens'),
    added: isExact
      ? fc.constant<Added>('none')
      : fc.constantFrom<Added>('none', 'same', 'no rows', 'no columns'),
  });
  const tokens = isExact ? fc.constantFrom(16, 32) : fc.constantFrom(0, 1, 9, 19);
  fc.assert(
    fc.property(
      kinds,
      tokens,
      fc.constantFrom('naive', 'tiles', 'shared', 'parts', 'matrices'),
      fc.nat(),
      (kind, at, name, seed) => {
        const { args, kernels } = schedules(kind);
        const [kernel, ...subgroups] = kernels[name]!;
        const subgroup = subgroups[seed % Math.max(1, subgroups.length)];
        expectCounts(kernel, valuesFor(args, at, seed), at, isExact, subgroup);
      },
    ),
    runs(40, 500),
  );
});

it('counts are polynomials in the iterations of loops', () => {
  const kind: ProductKind = {
    ...{ batch: 1, m: 'tokens', n: 32, k: 64, added: 'none', isFinished: false },
    across: { a: false, b: true, out: false },
  };
  const naive = costOf(schedules(kind).kernels.naive![0]);
  expect(printDim(naive.flops)).toBe('2*b0*k0*m0*n0');
  expect(printDim(naive.loaded.get('input')!)).toBe('8*b0*k0*m0*n0');
  expect(printDim(naive.stored.get('output')!)).toBe('4*b0*m0*n0');
  const shared = costOf(schedules(kind).kernels.shared![0]);
  expect(printDim(shared.barriers)).toBe('2*batch*col_tile*k0_block*row_tile');
  // 4 × 4 sums, and 4 elements of each factor.
  expect(shared.registers).toBe(24);
  const matrices = costOf(schedules(kind).kernels.matrices![0]);
  // A slot has 2 × 2 matrices of 4 × 4 sums, and 2 of each factor.
  expect(matrices.matrices).toBe(128);
  expect(printDim(matrices.flops)).toBe(
    '2*batch*col_matrix*col_part*col_tile*k0_block*k0_step_group*k0_step_part*row_matrix*row_part*row_tile*slot',
  );
});

it('loops of one axis that differ in their iterations have names of their own', () => {
  const store = { k: 'store', to: 1, index: [int(0)], value: load(0, [ax('i')]) } as const;
  const cost = costOf({
    memories: [memory('a', 'input', 8), memory('out', 'output', 1)],
    threads: 1,
    body: [loop('i', 8, 'serial', [store]), loop('i', 4, 'serial', [store])],
  });
  expect(printDim(cost.loaded.get('input')!)).toBe('4*i + 4*i_1');
  expect(countAt(cost.loaded.get('input')!, cost, 1)).toBe(48);
});

it('a strip runs as many iterations as it is long, or all where these are fewer', () => {
  const store = { k: 'store', to: 1, index: [ax('i')], value: load(0, [ax('i')]) } as const;
  const memories = [memory('a', 'input', 8), memory('out', 'output', 8)];
  const whole: LoopKernel = { memories, threads: 1, body: [loop('i', 8, 'serial', [store])] };
  const at = (by: number) => {
    const kernel = strip('i', by, 'o').apply(whole);
    const cost = costOf(kernel);
    return countAt(cost.loaded.get('input')!, cost, 1);
  };
  expect([at(4), at(8), at(16)]).toEqual([32, 32, 32]);
  // The last of three strips is counted whole.
  expect(at(3)).toBe(36);
});

it('a read of another lane is a shuffle, and one of its own is none', () => {
  const n = ax('n');
  const kernel: LoopKernel = {
    memories: [
      memory('a', 'input', 4),
      memory('out', 'output', 4),
      memory('d', 'lanes', 4),
      memory('acc', 'register'),
    ],
    threads: 4,
    body: [
      loop('n', 4, 'invocation', [
        { k: 'store', to: 2, index: [n], value: load(0, [n]) },
        { k: 'store', to: 3, index: [], value: load(2, [n]) },
        loop('j', 3, 'serial', [
          {
            ...{ k: 'accumulate', to: 3, index: [], combine: 'sum' },
            value: call('mul', load(2, [ax('j')]), load(2, [iadd(ax('j'), int(1))])),
          },
        ]),
        { k: 'collect', to: 3, index: [], combine: 'sum' },
        { k: 'barrier', scope: 'workgroup' },
        { k: 'store', to: 1, index: [n], value: load(3, []) },
      ]),
    ],
  };
  const cost = costOf(kernel);
  // Each of 4 lanes shuffles twice in 3 steps, and takes part in one sum across the subgroup.
  expect(countAt(cost.shuffles, cost, 1)).toBe(4 * 2 * 3 + 4);
  expect([countAt(cost.barriers, cost, 1), cost.registers]).toEqual([1, 2]);
  expectCounts(kernel, [valuesOf(4)], 1, false);
});

const valuesOf = (n: number): TensorValue<number> => ({
  ...{ shape: [n], bounds: undefined },
  values: Float64Array.from({ length: n }, (_, i) => i),
});
