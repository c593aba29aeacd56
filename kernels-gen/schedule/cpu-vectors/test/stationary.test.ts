/** The stationary schedule, for short sums: a lane holds the columns' operand while many rows go by. */
import { describe, expect, it } from 'vitest';
import type { DType } from '../../../../compiler/ir/node.ts';
import type { Prim, PrimProgram } from '../../../../compiler/primitives/prim.ts';
import { multiplyAddsIn, numbersIn } from '../../../../test/kernels-gen/accumulators.ts';
import {
  call,
  contraction,
  input,
  load,
  map,
  program,
  type Size,
} from '../../../../test/kernels-gen/build.ts';
import { integers, planOf, violations } from '../../../../test/kernels-gen/execute.ts';
import { type Layout, matmul, rotate } from '../../../../test/kernels-gen/layers.ts';
import { sample } from '../../../../test/support/sample.ts';
import { canonical } from '../../../families/contraction/root.ts';
import type { ContractionKernel } from '../../../fuse/kernel.ts';
import { stationaryOf, stationarySchedules } from '../stationary.ts';

/** The kernel of a program's only product. */
function kernelOf({ outputs: [y] }: PrimProgram): ContractionKernel {
  if (y?.prim.kind !== 'contraction') throw new TypeError(`${y?.prim.kind} is no contraction`);
  return { tensor: y.prim, root: y.prim, epilogue: null, spans: [] };
}

/** The WGSL in lanes of a program's only product. */
function codeOf(p: PrimProgram): string {
  const kernels = planOf(p, 'lanes').kernels.filter((k) => /^contraction_.*_lanes$/.test(k.name));
  expect(kernels).toHaveLength(1);
  return kernels[0]!.wgsl;
}
/** The number of values that a lane holds in the variables of a shift register. */
const passedIn = (wgsl: string) => numbersIn(wgsl, /held\d(?:_\d+)+/);
/** The number of values that a lane holds, in variables or in arrays. */
const heldIn = (wgsl: string) =>
  [...wgsl.matchAll(/var held\d(?:_\d+)*: array<(?:vec(\d)f|f32), (\d+)>/g)].reduce(
    (n, [, width = 1, length]) => n + Number(width) * Number(length),
    passedIn(wgsl),
  );
const isStationary = (wgsl: string) => heldIn(wgsl) > 0;

const blocks = (b: number, dtype: DType = 'f32', r = 3) =>
  program({
    y: rotate(input('x', ['tokens', r * b], dtype), input('t', [r, b, b], dtype), 'tokens', r, b),
  });

const axes = (m: Size, n: Size) =>
  [
    ['m', m],
    ['n', n],
  ] as const;
/** (x + s)·(A ⊙ s), a product whose operands are both computed in its kernel. */
const computed = (k: number, n: number) => {
  const right = call('mul', load(1, 'k', 'n'), load(2, 'k'));
  return program({
    y: contraction(
      'y',
      [input('x', ['tokens', k]), input('a', [k, n]), input('s', [k])],
      axes('tokens', n),
      [['k', k]],
      call('add', load(0, 'm', 'k'), load(2, 'k')),
      right,
    ),
  });
};

/** A product that sums over two axes, of sizes i and j. */
const twice = (i: number, j: number, n: number) => {
  const [x, a] = [input('x', ['tokens', i, j]), input('a', [i, j, n])];
  return program({
    y: contraction(
      'y',
      [x, a],
      axes('tokens', n),
      [
        ['i', i],
        ['j', j],
      ],
      load(0, 'm', 'i', 'j'),
      load(1, 'i', 'j', 'n'),
    ),
  });
};

/** A product whose rows are summed over two axes, and whose columns are given along some of them. */
const uneven = (along: readonly ('i' | 'k')[]) => {
  const sizes = { i: 2, k: 64 };
  return program({
    y: contraction(
      'y',
      [input('x', ['tokens', 2, 64]), input('a', [...along.map((a) => sizes[a]), 24])],
      axes('tokens', 24),
      [
        ['i', 2],
        ['k', 64],
      ],
      load(0, 'm', 'i', 'k'),
      load(1, ...along, 'n'),
    ),
  });
};

describe('a short sum', () => {
  it('is of what is held for many rows, and of nothing that a loop carries', () => {
    const wgsl = codeOf(blocks(32));
    expect(heldIn(wgsl)).toBe(32 * 4);
    const rows = wgsl.slice(wgsl.indexOf('for (var row'));
    expect(multiplyAddsIn(rows)).toBe(32 * 4);
    expect(rows.match(/for \(/g)).toHaveLength(1);
    expect(rows.match(/arg\d\[/g)).toHaveLength(1);
  });

  it('is held in variables that steps pass on, or in an array where these are too many or no whole steps', () => {
    expect([16, 32, 48, 12].map((b) => passedIn(codeOf(blocks(b))))).toEqual([32, 128, 0, 24]);
    expect(heldIn(codeOf(blocks(48)))).toBe(48 * 4);
  });

  it('has as many rows at hand as keep a CPU adding', () => {
    const atHand = (b: number) => {
      const [schedule] = stationarySchedules(canonical(kernelOf(blocks(b))), {
        tokens: 512,
        strategy: 'lanes',
      });
      return [schedule!.tile.rows, schedule!.tile.cols];
    };
    expect([8, 16, 32].map(atHand)).toEqual([
      [4, 1],
      [2, 2],
      [1, 4],
    ]);
    const results = [8, 16, 32].map((b) => numbersIn(codeOf(blocks(b)), /acc(?:_\d+)*/));
    expect(results).toEqual([4, 4, 4]);
  });

  it('has fewer where they would be too many statements', () => {
    const rowsAtHand = (k: number) =>
      stationaryOf(canonical(kernelOf(matmul('NN', 'tokens', 16, k))), 16, 2)?.tile.rows;
    expect([128, 129, 256, 257].map(rowsAtHand)).toEqual([2, 1, 1, undefined]);
  });

  it('is summed another way where a lane would hold too much', () => {
    expect(isStationary(codeOf(matmul('NN', 'tokens', 64, 128)))).toBe(true);
    expect(isStationary(codeOf(matmul('NN', 'tokens', 64, 129)))).toBe(false);
    expect(isStationary(codeOf(matmul('TN', 64, 64, 'tokens')))).toBe(false);
  });

  it('loads single elements of what one operand has as vectors and the other has not', () => {
    const x = input('x', ['tokens', 32, 32]);
    const self = contraction(
      'y',
      [x],
      [
        ['t', 'tokens'],
        ['m', 32],
        ['n', 2],
      ],
      [['k', 32]],
      load(0, 't', 'm', 'k'),
      load(0, 't', 'k', 'n'),
    );
    const wgsl = codeOf(program({ y: self }));
    expect(wgsl).not.toContain('& 3u]');
  });
});

/** A product that sums over three axes of size 3. */
const cubes = (n: number) => {
  const over = [
    ['i', 3],
    ['j', 3],
    ['k', 3],
  ] as const;
  const [x, a] = [input('x', ['tokens', 3, 3, 3]), input('a', [3, 3, 3, n])];
  const right = load(1, 'i', 'j', 'k', 'n');
  return program({
    y: contraction('y', [x, a], axes('tokens', n), over, load(0, 'm', 'i', 'j', 'k'), right),
  });
};

/** x·A + h·B as one kernel, which computes x·A and adds h·B. */
const sumOf = (n: number, k: number, l: number) => {
  const product = (label: string, x: Prim, a: Prim, steps: number) =>
    contraction(label, [x, a], axes('tokens', n), [['k', steps]], load(0, 'm', 'k'), load(1, 'k', 'n'));
  const first = product('first', input('x', ['tokens', k]), input('a', [k, n]), k);
  const second = product('second', input('h', ['tokens', l]), input('b', [l, n]), l);
  const both = call('add', load(0, 'm', 'n'), load(1, 'm', 'n'));
  return program({ y: map('y', [first, second], axes('tokens', n), both) });
};

describe('short sums are right', () => {
  const cases: Readonly<Record<string, PrimProgram>> = {
    ...Object.fromEntries([4, 5, 8, 12, 16, 24, 32, 40, 64, 128].map((b) => [`blocks of ${b}`, blocks(b)])),
    'blocks of 16 in f16': blocks(16, 'f16'),
    'blocks of 32 in f16': blocks(32, 'f16'),
    'one row in each': blocks(8, 'f32', 1),
    ...Object.fromEntries(
      (['NN', 'NT'] as const).flatMap((l: Layout) =>
        (
          [
            [33, 32],
            [70, 31],
            [100, 128],
          ] as const
        ).map(([n, k]) => [`${l} of ${n} columns and ${k} steps`, matmul(l, 'tokens', n, k, true)]),
      ),
    ),
    'operands that are computed': computed(24, 40),
    'columns along the longer axis': uneven(['k']),
    'columns along the shorter axis': uneven(['i']),
    'columns along both axes': uneven(['i', 'k']),
    'the longer of two sums first': twice(20, 3, 24),
    'the longer of two sums first, of few': twice(8, 4, 16),
    'the longer of two sums last': twice(3, 20, 24),
    'the longer of two sums last, of few': twice(3, 8, 16),
    'another product that is longer': sumOf(33, 12, 40),
    'another product that is shorter': sumOf(33, 32, 8),
    'another product of no whole lanes': sumOf(32, 5, 32),
  };
  it.each(Object.entries(cases))('%s have code of it', (_, p) => {
    expect(isStationary(codeOf(p))).toBe(true);
  });
  it('columns along the shorter axis are loaded in a loop', () => {
    expect(codeOf(uneven(['i']))).toContain('for (var k0_held = 0; k0_held < 2');
  });
  const RUN = [
    'blocks of 12',
    'blocks of 16 in f16',
    'NT of 70 columns and 31 steps',
    'columns along the longer axis',
    'the longer of two sums last',
  ];
  it.each(sample(Object.entries(cases), RUN))('%s', async (_, p) => {
    for (const tokens of [0, 1, 2, 3, 17, 130])
      expect(await violations(p, tokens, integers(p, tokens), ['lanes'])).toEqual([]);
  });

  it.each([
    ['of no step', twice(0, 5, 16)],
    ['of one step beside another', sumOf(24, 16, 1)],
    ['of columns that are the same at each step', uneven([])],
  ])('%s', async (_, p) => {
    expect(await violations(p, 9, integers(p, 9), ['lanes'])).toEqual([]);
  });

  it('over short axes are loaded some other way', () => {
    expect(isStationary(codeOf(twice(2, 16, 24)))).toBe(true);
    expect(isStationary(codeOf(twice(32, 2, 24)))).toBe(true);
    expect(isStationary(codeOf(twice(5, 5, 24)))).toBe(true);
    expect(isStationary(codeOf(cubes(24)))).toBe(false);
  });
});
