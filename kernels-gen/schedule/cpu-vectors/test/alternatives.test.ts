/**
 * Kernels in lanes for maps, reductions, systems and blocks: which exist, in how many workgroups, with which
 * barriers.
 */
import { describe, expect, it } from 'vitest';
import { cpuVectors } from '../../../../compiler/devices/index.ts';
import type { Prim } from '../../../../compiler/primitives/prim.ts';
import { evalExtent } from '../../../../runtime/plan.ts';
import {
  call,
  input,
  load,
  map,
  program,
  reduce,
  type Size,
  solve,
} from '../../../../test/kernels-gen/build.ts';
import { integers, planOf, violations } from '../../../../test/kernels-gen/execute.ts';
import { chain } from '../../../../test/kernels-gen/families/blocks-programs.ts';
import { variantsIn } from '../../../../test/support/plans.ts';

describe('in lanes, 8 to a workgroup,', () => {
  const workgroups = (y: Prim, tokens = 0): number | undefined => {
    const plan = planOf(program({ y }));
    const found = variantsIn(plan, cpuVectors.name)[0]!.steps.at(-1)!;
    if (!plan.kernels[found.kernel]!.name.endsWith('_lanes')) return undefined;
    expect(plan.kernels[found.kernel]!.workgroupSize).toEqual([8, 1, 1]);
    return evalExtent(found.workgroups, tokens);
  };
  it.each([
    // [elements, elements of each lane, workgroups]. Up to 64 workgroups a lane computes one element. Beyond that it
    // computes more, up to 64; only then are there more workgroups.
    [1, 1, 1],
    [512, 1, 64],
    [513, 2, 33],
    [1024, 2, 64],
    [1025, 3, 43],
    [32_768, 64, 64],
    [32_769, 64, 65],
  ])('%d elements are computed %d at a time', (n, each, expected) => {
    expect(expected).toBe(Math.ceil(n / (8 * each)));
    expect(workgroups(map('y', [input('x', [n])], [['i', n]], call('exp', load(0, 'i'))))).toBe(expected);
  });
  it('lanes share a long sum that is contiguous or one of fewer than 8; else each lane has a sum of its own', () => {
    const along = (m: Size) =>
      reduce('y', [input('w', [m, 300])], [['i', m]], [['k', 300]], load(0, 'i', 'k'));
    const across = (m: Size) =>
      reduce('y', [input('w', [300, m])], [['i', m]], [['k', 300]], load(0, 'k', 'i'));
    expect([5, 8, 200].map((m) => workgroups(along(m)))).toEqual([5, 8, 200]);
    expect([5, 7, 8, 9, 300].map((m) => workgroups(across(m)))).toEqual([5, 7, 1, 2, 38]);
    // A lane computes four neighbouring sums where there are at least 512 and their number is a multiple of four.
    expect([508, 512, 514, 516].map((m) => workgroups(across(m)))).toEqual([64, 16, 65, 17]);
    expect(workgroups(along('tokens'), 7)).toBe(7);
    expect(workgroups(across('tokens'), 7)).toBe(1);
  });
  it.each([16, 33, 127])('a short sum, of %d terms, has no code in lanes', (n) => {
    const y = reduce('y', [input('w', [200, n])], [['i', 200]], [['k', n]], load(0, 'i', 'k'));
    expect(workgroups(y)).toBeUndefined();
  });
  it.each([17, 32])('the loop of a sum of %d terms is not unrolled', (n) => {
    const y = reduce('y', [input('w', [200, n])], [['i', 200]], [['k', n]], load(0, 'i', 'k'));
    const { kernels } = planOf(program({ y }));
    const own = kernels.filter((k) => k.wgsl.includes(`< ${n} + (group >> 31);`));
    expect(own.map((k) => [k.name, k.workgroupSize])).toEqual([['reduction_y_lanes', [64, 1, 1]]]);
    expect(kernels.some((k) => k.name === 'reduction_y' && k.wgsl.includes(`< ${n};`))).toBe(true);
  });
  it.each([
    [3, 32, true],
    [2, 9, false],
  ])('of two loops of %d and %d iterations, one is not unrolled: %s', (p, q, isRolled) => {
    const over: [string, number][] = [
      ['k', p],
      ['l', q],
    ];
    const y = reduce('y', [input('w', [200, p, q])], [['i', 200]], over, load(0, 'i', 'k', 'l'));
    const { kernels } = planOf(program({ y }));
    const own = kernels.filter((k) => k.name === 'reduction_y_lanes');
    expect(own.map((k) => k.wgsl.split('+ (group >> 31);').length - 1)).toEqual(isRolled ? [2] : []);
  });
  it('a workgroup solves a system for as many columns as fit into its memory beside the matrix', () => {
    const of = (r: Size, n: Size, m: Size) => solve('y', input('a', [r, n, n]), input('b', [r, n, m]));
    // Workgroup memory has 4096 elements; 48 rows of the matrix and 32 columns take 48 · (48 + 32) of them.
    expect(workgroups(of(3, 48, 38))).toBe(3 * 2);
    expect(workgroups(of(3, 48, 32))).toBe(3);
    expect(workgroups(of('tokens', 3, 5), 7)).toBe(7);
    // A matrix of 64 rows leaves no room for columns. One of 72 rows, or of an open size, does not fit at all.
    expect(workgroups(of(3, 57, 4))).toBeUndefined();
    expect(workgroups(of(3, 65, 4))).toBeUndefined();
    expect(workgroups(of(3, 'tokens', 4))).toBeUndefined();
  });
});

it('fused blocks have a barrier between two nests, except where subgroups run in lockstep', async () => {
  const barriers = (wgsl: string) => wgsl.split('workgroupBarrier();').length - 1;
  const p = program({ y: chain(12).last });
  const plan = planOf(p);
  const { kernel } = variantsIn(plan, cpuVectors.name)[0]!.steps[0]!;
  expect(barriers(plan.kernels[kernel]!.wgsl)).toBe(0);
  expect(await violations(p, 1, integers(p, 1), [undefined])).toEqual([]);
  expect(barriers(planOf(p, 'lanes').kernels[0]!.wgsl)).toBe(2);
  // Registers of lanes need no barrier.
  expect(barriers(planOf(program({ y: chain(8).last }), 'lanes').kernels[0]!.wgsl)).toBe(0);
});
