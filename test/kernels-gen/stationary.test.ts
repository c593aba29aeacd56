/** Short sums in lanes: the columns' operand is held while rows come one after the other. */
import { describe, expect, it } from 'vitest';
import type { DType } from '../../compiler/ir/node.ts';
import type { PrimProgram } from '../../compiler/primitives/prim.ts';
import { call, contraction, input, load, program, type Size } from './build.ts';
import { integers, planOf, violations } from './execute.ts';
import { type Layout, matmul, rotate } from './layers.ts';

/** The code in lanes of a program's only product. */
function codeOf(p: PrimProgram): string {
  const kernels = planOf(p, 'lanes').kernels.filter((k) => /^contraction_.*_lanes$/.test(k.name));
  expect(kernels).toHaveLength(1);
  return kernels[0]!.wgsl;
}
const isStationary = (wgsl: string) => /var held: array<f32, \d+>/.test(wgsl);
const heldIn = (wgsl: string) => Number(/var held: array<f32, (\d+)>/.exec(wgsl)?.[1]);

const blocks = (b: number, dtype: DType = 'f32', r = 3) =>
  program({
    y: rotate(input('x', ['tokens', r * b], dtype), input('t', [r, b, b], dtype), 'tokens', r, b),
  });

/** x·(A + s) of which columns' operand is computed, and x·A + x·B of which the second is added. */
const axes = (m: Size, n: Size) =>
  [
    ['m', m],
    ['n', n],
  ] as const;
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

/** Sums over two axes, the longer first or last. */
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

describe('a short sum', () => {
  it('is of what is held for many rows, and of nothing that a loop carries', () => {
    const wgsl = codeOf(blocks(32));
    expect(heldIn(wgsl)).toBe(32 * 4);
    const rows = wgsl.slice(wgsl.indexOf('for (var row_first'));
    expect(rows.match(/fma\(/g)).toHaveLength(32 * 4);
    expect(rows.match(/for \(/g)).toHaveLength(1);
    expect(rows.match(/= arg\d/g)).toHaveLength(1);
  });

  it('has as many rows at hand as keep a CPU adding', () => {
    expect(codeOf(blocks(8))).toContain('acc_3_0');
    expect(codeOf(blocks(16))).toContain('acc_1_1');
    expect(codeOf(blocks(16))).not.toContain('acc_2_0');
    expect(codeOf(blocks(32))).not.toContain('acc_1_0');
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

describe('short sums are right', () => {
  const cases: Readonly<Record<string, PrimProgram>> = {
    ...Object.fromEntries(
      [2, 4, 5, 8, 12, 16, 24, 32, 40, 64, 128].map((b) => [`blocks of ${b}`, blocks(b)]),
    ),
    'blocks of 16 in f16': blocks(16, 'f16'),
    'blocks of 32 in f16': blocks(32, 'f16'),
    'one row in each': blocks(8, 'f32', 1),
    ...Object.fromEntries(
      (['NN', 'NT'] as const).flatMap((l: Layout) =>
        (
          [
            [33, 32],
            [70, 31],
            [1, 64],
            [64, 1],
            [100, 128],
          ] as const
        ).map(([n, k]) => [`${l} of ${n} columns and ${k} steps`, matmul(l, 'tokens', n, k, true)]),
      ),
    ),
    'operands that are computed': computed(24, 40),
    'the longer of two sums first': twice(20, 3, 24),
    'the longer of two sums last': twice(3, 20, 24),
  };
  it.each(Object.entries(cases))('%s', async (_, p) => {
    for (const tokens of [1, 2, 3, 17, 130])
      expect(await violations(p, tokens, integers(p, tokens), ['lanes'])).toEqual([]);
  });
});
