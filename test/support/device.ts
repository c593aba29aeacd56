import { afterAll } from 'vitest';
import { requestDevice } from '../../runtime/device.ts';
import { nodeGpu } from '../../runtime/node.ts';

let device: Promise<GPUDevice> | undefined;

/** The test file's device: the same at every call, destroyed after the file's tests. */
export function testDevice(): Promise<GPUDevice> {
  device ??= nodeGpu().then((gpu) => requestDevice(gpu));
  return device;
}

afterAll(async () => {
  (await device)?.destroy();
});
