/** Limits of one kernel of fused blocks: work, workgroup memory and number of tensors, each tried at its edge. */
import { describe, expect, it } from 'vitest';
import type { Prim } from '../../../compiler/primitives/prim.ts';
import { variantsIn } from '../../support/plans.ts';
import { type Axes, call, contraction, input, load, map, program, reduce } from '../build.ts';
import { planOf } from '../execute.ts';

/** The product a·b in each of 3 blocks. */
const product = (label: string, a: Prim, b: Prim, m: number, n: number, k: number) => {
  const axes: Axes = [
    ['g', 3],
    ['i', m],
    ['j', n],
  ];
  return contraction(label, [a, b], axes, [['k', k]], load(0, 'g', 'i', 'k'), load(1, 'g', 'k', 'j'));
};
const launches = (y: Prim) => variantsIn(planOf(program({ y }), 'direct'))[0]!.steps.length;

describe('one kernel takes', () => {
  it('stages of 65,536 multiply-adds', () => {
    const twice = (m: number) => {
      const b = input('b', [3, 32, 32]);
      return launches(product('y', product('first', input('a', [3, m, 32]), b, m, 32, 32), b, m, 32, 32));
    };
    expect([64, 65].map(twice)).toEqual([1, 2]);
  });

  it('16 KiB of workgroup memory', () => {
    const held = (m: number, n: number) => {
      const first = product('first', input('a', [3, m, 15]), input('b', [3, 15, n]), m, n, 15);
      const axes: Axes = [
        ['g', 3],
        ['i', m],
        ['j', n],
      ];
      const [own, other] = [load(0, 'g', 'i', 'j'), load(0, 'g', 'i', 0)];
      return launches(map('y', [first], axes, call('mul', own, other)));
    };
    expect([held(16, 256), held(17, 241)]).toEqual([1, 2]);
  });

  it('16 KiB with the sums of the invocations that share a reduction', () => {
    const held = (m: number, n: number) => {
      const first = product('first', input('a', [3, m, 15]), input('b', [3, 15, n]), m, n, 15);
      const axes: Axes = [['g', 3]];
      return launches(
        reduce(
          'y',
          [first],
          axes,
          [
            ['i', m],
            ['j', n],
          ],
          load(0, 'g', 'i', 'j'),
        ),
      );
    };
    expect([held(16, 252), held(16, 253)]).toEqual([1, 2]);
  });

  it('memory again once it is free', () => {
    // Each of four results is read by the next only, so the third lies where the first was.
    const b = input('b', [3, 4, 4]);
    let last: Prim = input('x', [3, 4, 4]);
    for (let i = 1; i <= 5; i++) last = product(`y${i}`, last, b, 4, 4, 4);
    const { kernels } = planOf(program({ y: last }), 'direct');
    const declared = /var<workgroup> \w+: array<f32, (\d+)>/g;
    expect([...kernels[0]!.wgsl.matchAll(declared)].map(([, n]) => n)).toEqual(['16', '16']);
  });

  it('8 tensors, what it stores among them', () => {
    const chain = (count: number) => {
      let last: Prim = input('x0', [3, 4, 4]);
      for (let i = 1; i <= count; i++) last = product(`y${i}`, last, input(`x${i}`, [3, 4, 4]), 4, 4, 4);
      return launches(last);
    };
    expect([6, 7].map(chain)).toEqual([1, 2]);
  });

  it('only members of f32, with equally many blocks, and not stored because they are as written', () => {
    const [a, b] = [input('a', [3, 4, 4]), input('b', [3, 4, 4])];
    const first = product('first', a, b, 4, 4, 4);
    const fewer: Axes = [
      ['g', 2],
      ['i', 4],
      ['j', 4],
    ];
    const y = contraction('y', [first, b], fewer, [['k', 4]], load(0, 'g', 'i', 'k'), load(1, 'g', 'k', 'j'));
    expect(launches(y)).toBe(2);
    const half = { ...first, dtype: 'f16' as const };
    expect(launches(product('y', half, b, 4, 4, 4))).toBe(2);
    expect(launches(product('y', { ...first, stored: true }, b, 4, 4, 4))).toBe(2);
  });
});
