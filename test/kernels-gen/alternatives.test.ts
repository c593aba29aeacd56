/** Which alternatives a step gets: those that are allowed and written, each for the devices that it is best or right on. */
import { expect, it } from 'vitest';
import { KernelError } from '../../kernels-gen/error.ts';
import { alternativesOf, type Emitted, type Way } from '../../kernels-gen/families/family.ts';

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
});
const both: Way[] = [
  { strategy: 'lanes', maxTokens: 1, emit: () => code('lanes') },
  { strategy: 'shared', emit: () => code('shared') },
];

it('has each for the devices that it is best on', () => {
  expect(alternativesOf({ strategy: undefined }, code('portable'), both)).toEqual([
    {
      strategy: 'lanes',
      subgroups: { smallest: [8, 8], largest: [8, 8] },
      maxTokens: 1,
      module: code('lanes').module,
      workgroups: 5,
    },
    {
      strategy: 'shared',
      subgroups: { smallest: [1, 128], largest: [16, 128] },
      module: code('shared').module,
      workgroups: 6,
    },
  ]);
});

it('has a forced one alone, for every device that it is right on', () => {
  const forced = (strategy: 'direct' | 'lanes' | 'shared') =>
    alternativesOf({ strategy }, code('portable'), both).map((a) => [a.strategy, a.subgroups]);
  expect(forced('direct')).toEqual([]);
  expect(forced('lanes')).toEqual([['lanes', { smallest: [8, 128], largest: [8, 128] }]]);
  expect(forced('shared')).toEqual([['shared', { smallest: [1, 128], largest: [1, 128] }]]);
});

it('has none that there is no code for', () => {
  expect(
    alternativesOf({ strategy: undefined }, code('portable'), [{ strategy: 'lanes', emit: () => undefined }]),
  ).toEqual([]);
});

it('refuses one that binds other arguments', () => {
  const other: Way[] = [{ strategy: 'lanes', emit: () => code('lanes', [1, 0]) }];
  expect(() => alternativesOf({ strategy: undefined }, code('portable'), other)).toThrow(KernelError);
  expect(() => alternativesOf({ strategy: undefined }, code('portable'), other)).toThrow(
    "'lanes' reads arguments 1,0, not 0,1",
  );
});
