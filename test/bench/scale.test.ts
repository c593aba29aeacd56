/** The slopes that `npm run bench -- scale` fits, and the sizes that it leaves out. */
import { expect, it } from 'vitest';
import { outOfMemory, outOfTime, roundsIn } from '../../bench/scale/cut.ts';
import { compared, dominated, slope, slopeOfRounds } from '../../bench/scale/fit.ts';
import { givenDuring } from '../../bench/scale/launches.ts';
import { adapters, factors, layers } from '../../bench/scale/programs.ts';
import { SWEEPS } from '../../bench/scale/sweeps.ts';
import { solveDims } from '../../compiler/ir/bind.ts';
import { testDevice } from '../support/device.ts';

const SIZES = [1, 2, 4, 8, 16];
const costs = (of: (n: number) => number) => SIZES.map(of);
const points = (of: (n: number) => number) => SIZES.map((size) => ({ size, cost: of(size) }));

it('the slope of a power is its exponent, whatever the unit', () => {
  expect(slope(points((n) => 3 * n))).toBeCloseTo(1, 12);
  expect(slope(points((n) => 0.01 * n ** 2.5))).toBeCloseTo(2.5, 12);
  expect(slope(points(() => 7))).toBeCloseTo(0, 12);
});

it('the slope is that of least squares', () => {
  // log2 of the costs is 0, 1, 1, 2 over log2 of the sizes 0, 1, 2, 3: Σ dx·dy = 3 and Σ dx² = 5.
  const uneven = [1, 2, 2, 4].map((cost, i) => ({ size: 2 ** i, cost }));
  expect(slope(uneven)).toBeCloseTo(3 / 5, 12);
});

it('two points, or a cost of nothing, have no slope', () => {
  expect(slope(points((n) => n).slice(0, 2))).toBeUndefined();
  expect(slope(points((n) => n - 1))).toBeUndefined();
});

it('work dominates after the last size whose cost is too near to its floor', () => {
  expect(dominated([9, 30, 19, 40, 80], [1, 3, 4, 4, 4], 5)).toEqual([3, 4]);
  expect(dominated([9, 9], [1, 2], 5)).toEqual([]);
});

it('a slope is too steep where it exceeds the one beside it by more than a tenth', () => {
  const range = SIZES.map((_, i) => i);
  const verdict = (exponent: number) =>
    compared({
      quantity: 'time',
      sizes: SIZES,
      costs: costs((n) => n ** exponent),
      beside: 'size',
      others: SIZES,
      range,
    }).isSteep;
  expect([0.5, 1, 1.09, 1.11, 2].map(verdict)).toEqual([false, false, false, true, true]);
});

it('rounds give an interval of the slope, unless one of them lacks a size', () => {
  const samples = [
    [1, 1, 1],
    [2, 3, 2],
    [4, 9, 4],
  ];
  const found = slopeOfRounds([1, 2, 4], samples)!;
  expect(found.median).toBeCloseTo(1, 12);
  expect(found.high).toBeCloseTo(Math.log2(3), 12);
  expect(
    slopeOfRounds(
      [1, 2, 4],
      [
        [1, undefined],
        [2, 2],
        [4, 4],
      ],
    ),
  ).toBeUndefined();
});

it('a size is left out with the reason', () => {
  const candidate = (memory: number, largestTensor: number) => ({
    size: 1,
    planned: { flops: 0, bytes: 0, launches: 0, memory, largestTensor },
    place: () => Promise.reject(new Error('not placed')),
  });
  const limits = { maxStorageBufferBindingSize: 2e6, maxBufferSize: 3e6 } as GPUSupportedLimits;
  const of = (memory: number, tensor: number, isSoftware: boolean) =>
    outOfMemory(candidate(memory, tensor), { limits, isSoftware });
  expect(of(1e6, 2.5e6, false)).toBe('a tensor of 3 MB is more than the device binds at once, 2 MB');
  expect(of(1e15, 1, true)).toContain('1000000000 MB are more than 50 % of the free memory');
  expect(of(1e15, 1, false)).toBeUndefined();
  // Placing takes 4 runs, and 3 rounds take 1 + 2 s each.
  expect(outOfTime(2, [1], 17)).toBeUndefined();
  expect(outOfTime(2, [1], 16.9)).toBe(
    '3 rounds with runs of about 2.0 s need 17 s, and 17 s of the budget are left',
  );
  expect([roundsIn(100, [1, 2], 15), roundsIn(20, [1, 2], 15), roundsIn(1, [1, 2], 15)]).toEqual([15, 6, 3]);
});

it('launches and modules are counted while work runs, and not after it', async () => {
  const device = await testDevice();
  const module = () => device.createShaderModule({ code: '@compute @workgroup_size(1) fn main() {}' });
  const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module: module() } });
  const dispatch = () => {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.dispatchWorkgroups(1);
    pass.dispatchWorkgroups(2);
    pass.end();
    device.queue.submit([encoder.finish()]);
  };
  const work = async () => {
    module();
    dispatch();
  };
  expect(await givenDuring(device, work)).toEqual({ launches: 2, modules: 1 });
  dispatch();
  expect(await givenDuring(device, work)).toEqual({ launches: 2, modules: 1 });
});

it.each([
  ['factors', factors],
  ['adapters', adapters],
  ['layers', layers],
] as const)('%s: each has a parameter of its own', (_, program) => {
  const trainables = program(3).inputs.filter((i) => i.role === 'trainable');
  expect(trainables).toHaveLength(3);
});

it.each(Object.entries(SWEEPS))('%s gives its programs the sizes that they have', (_, sweep) => {
  if (!('at' in sweep)) return;
  const { program, dims } = sweep.at(sweep.sizes[0]!);
  expect(() => solveDims(program, dims)).not.toThrow();
});
