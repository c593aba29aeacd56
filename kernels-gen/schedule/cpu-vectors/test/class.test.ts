/** The recipe's class of devices: which devices belong to it, and what the compiler derives for it. */
import { expect, it } from 'vitest';
import { cpuVectors } from '../../../../compiler/devices/index.ts';
import { bindProgram, solveDims } from '../../../../compiler/ir/bind.ts';
import { compileProgram } from '../../../../compiler/pipeline.ts';
import { oft } from '../../../../src/adapters/oft.ts';
import { classOf } from '../../../../src/session/backends/gpu.ts';
import { oftc } from '../../../../test/src/cli/harness.ts';
import { examples } from '../../../../test/src/targets/harness.ts';
import { testDevice } from '../../../../test/support/device.ts';
import { STRATEGIES } from '../../../index.ts';

it('lists only registered strategies', () => {
  expect(cpuVectors.strategies).not.toEqual([]);
  expect(STRATEGIES).toEqual(expect.arrayContaining([...cpuVectors.strategies]));
});

it('has software with subgroups of 8, the device that the tests run on', async () => {
  const adapterInfo = { subgroupMinSize: 8, subgroupMaxSize: 8, isFallbackAdapter: true, vendor: 'mesa' };
  const device = { adapterInfo, features: new Set(['subgroups']) };
  const withMemory = (maxComputeWorkgroupStorageSize: number) =>
    ({ ...device, limits: { maxComputeWorkgroupStorageSize } }) as unknown as GPUDevice;
  expect(classOf(withMemory(16_384)), 'a device of default limits').not.toBe(cpuVectors);
  for (const d of [withMemory(32_768), await testDevice()]) expect(classOf(d)).toBe(cpuVectors);
});

it('counts more tokens as few, because operations are expensive compared with bytes', () => {
  const program = oft.trace({});
  const bound = bindProgram(program, solveDims(program, { in: 4096, out: 4096, b: 32 }));
  const { variants } = compileProgram(bound, { gradients: false, profile: cpuVectors });
  expect(variants.map((v) => v.maxTokens)).toEqual([20, 4096, null]);
});

it('is explained with kernels in lanes', async () => {
  const dims = ['--dims', 'in=512,out=512,b=8', '--device', cpuVectors.name, '--full'];
  expect((await oftc('explain', examples, ...dims)).stdout).toMatch(/contraction_\w+_lanes/);
});
