/** A WebGPU device: Dawn in Node, the browser's own, or one the caller hands over. */
import { Executable, requestDevice } from '../../runtime/index.ts';
import type { Backend, Given } from './backend.ts';

/** Opens the default device. Rejects with DeviceMissing, whose message says what to install. */
export async function openDevice(): Promise<GPUDevice> {
  const { navigator } = globalThis as { navigator?: { gpu?: GPU } };
  if (navigator?.gpu) return requestDevice(navigator.gpu);
  const { nodeGpu } = await import('../../runtime/node.ts');
  return requestDevice(await nodeGpu());
}

const single = (data: Given): Exclude<Given, Float64Array> =>
  data instanceof Float64Array ? Float32Array.from(data) : data;

/** `owned`: dispose destroys the device. */
export function gpuBackend(device: GPUDevice, owned: boolean, profile = false): Backend {
  return {
    name: device.adapterInfo?.description || device.adapterInfo?.vendor || 'gpu',
    words: true,
    prepare: async (_, plan) => {
      const executable = await Executable.create(device, plan, { profile });
      return {
        bind: (name, data) => executable.bind(name, single(data)),
        run: (tokens, inputs) => {
          const uploads = Object.fromEntries(Object.entries(inputs).map(([n, d]) => [n, single(d)]));
          const result = executable.run(tokens, uploads);
          return {
            buffers: result.outputs,
            read: (name) => result.read(name),
            done: () => result.done(),
            profile: () => result.profile(),
            destroy: () => result.destroy(),
          };
        },
        dispose: () => executable.dispose(),
      };
    },
    dispose: () => {
      if (owned) device.destroy();
    },
  };
}
