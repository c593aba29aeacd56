/** The alternatives of a step: the ways whose strategy the class runs and that have code for the kernel. */
import { expect, it } from 'vitest';
import { type DeviceClass, gpu, portable } from '../../../compiler/devices/index.ts';
import { KernelError } from '../../../kernels-gen/error.ts';
import { chosen, type Emitted, type Printed, type Way } from '../../../kernels-gen/families/family.ts';
import type { LoopKernel } from '../../../kernels-gen/loops/type.ts';

/** No schedule is looked at. */
const loops: LoopKernel = { memories: [], threads: 1, body: [] };

const code = (wgsl: string, reads: readonly number[] = [0, 1]): Emitted => ({
  module: {
    wgsl,
    entryPoint: 'main',
    workgroupSize: [8, 1, 1],
    workgroupBytes: 0,
    bindings: [],
    uniforms: [],
    features: [],
  },
  reads,
  workgroups: wgsl.length,
  scheduled: { naive: loops, steps: [], loops },
});
const both: Way[] = [
  { strategy: 'split', maxTokens: 1, emit: () => code('split') },
  { strategy: 'shared', emit: () => code('shared') },
];

const portableCode = () => code('portable');
const listed = (printed: Printed) => [
  ...printed.alternatives().map((a) => [a.strategy, a.maxTokens, a.code.module.wgsl]),
  [printed.strategy, printed.code.module.wgsl],
];

it('alternatives have strategies of the class, up to the first that serves all token counts', () => {
  const of = (device: DeviceClass) => listed(chosen({ device }, portableCode, both));
  expect(of({ ...portable, strategies: ['split', 'shared'] })).toEqual([
    ['split', 1, 'split'],
    ['shared', 'shared'],
  ]);
  expect(of({ ...portable, strategies: ['split'] })).toEqual([
    ['split', 1, 'split'],
    ['direct', 'portable'],
  ]);
  expect(of({ ...portable, strategies: ['shared'] })).toEqual([['shared', 'shared']]);
  expect(of(portable)).toEqual([['direct', 'portable']]);
});

it('a forced strategy runs where it has code, whatever the class', () => {
  const forced = (strategy: 'direct' | 'split' | 'shared') =>
    listed(chosen({ device: portable, strategy }, portableCode, both));
  expect(forced('direct')).toEqual([['direct', 'portable']]);
  expect(forced('split')).toEqual([
    ['split', 1, 'split'],
    ['direct', 'portable'],
  ]);
  expect(forced('shared')).toEqual([['shared', 'shared']]);
});

it('the portable code runs where no way has code', () => {
  const none: Way[] = [{ strategy: 'split', emit: () => undefined }];
  expect(listed(chosen({ device: gpu }, portableCode, none))).toEqual([['direct', 'portable']]);
});

it('refuses an alternative that binds other arguments', () => {
  const other: Way[] = [{ strategy: 'split', maxTokens: 1, emit: () => code('split', [1, 0]) }];
  const { alternatives } = chosen({ device: gpu }, portableCode, other);
  expect(alternatives).toThrow(KernelError);
  expect(alternatives).toThrow("'split' reads arguments 1,0, not 0,1");
});
