/** WebGPU in Node, through Dawn (npm package `webgpu`). Not for browsers: index.ts does not export this file. */
import { withoutLimitWarnings } from './dawn-warnings.ts';
import { requestDevice } from './device.ts';
import { OftcRuntimeError } from './errors.ts';
import { pollPatiently } from './patience.ts';

/**
 * Dawn instances by flags. Equal flags share an instance, and none is ever released. If an instance is
 * collected while any of its adapters, devices or buffers is reachable, the process crashes, even after the
 * device is lost. An instance does not keep Node running (test/runtime/node.test.ts).
 */
const instances = new Map<string, GPU>();

const DEFAULT_FLAGS: readonly string[] = ['disable-dawn-features=timestamp_quantization'];

/** Dawn's GPU object. `flags` are Dawn's `name=value` settings. Throws DeviceMissing where Dawn cannot load. */
export async function nodeGpu(flags: readonly string[] = DEFAULT_FLAGS): Promise<GPU> {
  const key = JSON.stringify(flags);
  const held = instances.get(key);
  if (held !== undefined) return held;
  const { create } = await import('webgpu').catch((cause: unknown) => {
    throw new OftcRuntimeError(
      'DeviceMissing',
      `the npm package \`webgpu\` does not load on ${process.platform}-${process.arch}: run \`npm install webgpu\``,
      { cause },
    );
  });
  pollPatiently();
  const gpu = instances.get(key) ?? quiet(create([...flags]));
  instances.set(key, gpu);
  return gpu;
}

function quiet(gpu: GPU): GPU {
  const request = gpu.requestAdapter.bind(gpu);
  return Object.assign(gpu, {
    requestAdapter: (options?: GPURequestAdapterOptions) => withoutLimitWarnings(() => request(options)),
  });
}

/**
 * A device that validates WGSL and commands and executes nothing; needs no driver and has every feature that
 * Dawn knows. For compile-only checks.
 */
export async function nullDevice(): Promise<GPUDevice> {
  return requestDevice(await nodeGpu(['backend=null', 'enable-dawn-features=allow_unsafe_apis']));
}
