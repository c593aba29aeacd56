import { afterAll } from 'vitest';
import { requestDevice } from '../../runtime/device.ts';
import { nodeGpu } from '../../runtime/node.ts';

let device: Promise<GPUDevice> | undefined;

/** The test file's device: the same at every call, destroyed after the file's tests. */
export function testDevice(): Promise<GPUDevice> {
  device ??= nodeGpu().then((gpu) => requestDevice(gpu));
  return device;
}

let plain: Promise<GPUDevice> | undefined;

/** One with WebGPU's guaranteed limits and no feature: what every browser has. */
export function plainDevice(): Promise<GPUDevice> {
  plain ??= nodeGpu().then((gpu) => requestDevice(gpu, { limits: 'default', features: [] }));
  return plain;
}

afterAll(async () => {
  (await device)?.destroy();
  (await plain)?.destroy();
});
