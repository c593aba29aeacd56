import { afterAll } from 'vitest';
import { requestDevice } from '../../runtime/device.ts';
import { nodeGpu } from '../../runtime/node.ts';

let device: Promise<GPUDevice> | undefined;

/** The test file's device: the same at every call, and destroyed after the file's tests. */
export function testDevice(): Promise<GPUDevice> {
  device ??= nodeGpu().then((gpu) => requestDevice(gpu));
  return device;
}

let plain: Promise<GPUDevice> | undefined;

/** A device with WebGPU's guaranteed limits and no feature, as every browser has. */
export function plainDevice(): Promise<GPUDevice> {
  plain ??= nodeGpu().then((gpu) => requestDevice(gpu, { limits: 'default', features: [] }));
  return plain;
}

let least: Promise<GPUDevice> | undefined;

/** A device with WebGPU's guaranteed limits and every feature, so that any forced strategy can run. */
export function leastDevice(): Promise<GPUDevice> {
  least ??= nodeGpu().then((gpu) => requestDevice(gpu, { limits: 'default' }));
  return least;
}

afterAll(async () => {
  for (const opened of [device, plain, least]) (await opened)?.destroy();
});
