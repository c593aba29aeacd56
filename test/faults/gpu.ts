/** Devices whose calls fail as a test says: a buffer that does not fit, a map that fails, a device that is lost. */
import { requestDevice } from '../../runtime/device.ts';
import { nodeGpu } from '../../runtime/node.ts';

export type Call =
  | 'createBuffer'
  | 'createShaderModule'
  | 'createComputePipelineAsync'
  | 'mapAsync'
  | 'writeBuffer'
  | 'submit'
  | 'onSubmittedWorkDone';

/**
 * What a call does: `fail` as WebGPU fails it, `destroy` the device before it, or lose the device as a driver does that
 * stops: `device.lost` says so, and no later promise settles.
 */
export type Fault = 'fail' | 'destroy' | 'lose';

export interface Faults {
  /** Called before each call, with the bytes and the label of a buffer. */
  before(call: Call, label: string, bytes: number): Fault | undefined;
}

/** A device with faults, and the buffers of it that live. */
export interface FaultyDevice {
  readonly device: GPUDevice;
  /** The labels of the buffers that were made and not destroyed. */
  live(): string[];
  /** Replaces the faults. */
  set(faults: Faults | undefined): void;
}

interface Scope {
  readonly filter: GPUErrorFilter;
  outOfMemory: boolean;
}

const NEVER = new Promise<never>(() => {});
const ALL_USAGES = 0xffff;

/** Makes a device's calls fail as `set` says. It changes the device's own object, because Dawn takes no other. */
export function faulty(device: GPUDevice): FaultyDevice {
  const buffers = new Set<GPUBuffer>();
  const scopes: Scope[] = [];
  let faults: Faults | undefined;
  let isLost = false;
  let lose: (info: GPUDeviceLostInfo) => void = () => {};
  const lost = new Promise<GPUDeviceLostInfo>((resolve) => {
    lose = resolve;
  });
  void device.lost.then(lose);
  Object.defineProperty(device, 'lost', { value: lost });

  /** Whether the call is to fail. Loses the device where the faults say so. */
  const fails = (call: Call, label = '', bytes = 0): boolean => {
    const fault = faults?.before(call, label, bytes);
    if (fault === 'destroy') device.destroy();
    if (fault === 'lose') {
      isLost = true;
      lose({ reason: 'unknown', message: 'the driver stopped' } as GPUDeviceLostInfo);
    }
    return fault === 'fail';
  };
  const settled = <T>(promise: Promise<T>): Promise<T> => {
    if (!isLost) return promise;
    promise.catch(() => {});
    return NEVER;
  };

  const [pushErrorScope, popErrorScope] = [
    device.pushErrorScope.bind(device),
    device.popErrorScope.bind(device),
  ];
  const createBuffer = device.createBuffer.bind(device);
  const made = (buffer: GPUBuffer, failsToMap: () => boolean): GPUBuffer => {
    buffers.add(buffer);
    const [destroy, mapAsync] = [buffer.destroy.bind(buffer), buffer.mapAsync.bind(buffer)];
    return Object.assign(buffer, {
      destroy: () => {
        buffers.delete(buffer);
        destroy();
      },
      mapAsync: (mode: GPUMapModeFlags) =>
        failsToMap()
          ? Promise.reject(new DOMException('the buffer cannot be mapped', 'OperationError'))
          : settled(mapAsync(mode)),
    });
  };
  const withoutMemory = (descriptor: GPUBufferDescriptor): GPUBuffer => {
    const scope = scopes.findLast(({ filter }) => filter === 'out-of-memory');
    if (scope === undefined)
      throw new Error(`'${descriptor.label}' is made outside of a scope for its error`);
    scope.outOfMemory = true;
    pushErrorScope('validation');
    const buffer = createBuffer({ ...descriptor, usage: ALL_USAGES });
    void popErrorScope().catch(() => {});
    Object.defineProperty(buffer, 'usage', { value: descriptor.usage });
    return buffer;
  };
  const { queue } = device;
  const [writeBuffer, submit, onSubmittedWorkDone] = [
    queue.writeBuffer.bind(queue) as (...args: unknown[]) => undefined,
    queue.submit.bind(queue),
    queue.onSubmittedWorkDone.bind(queue),
  ];
  const createShaderModule = device.createShaderModule.bind(device);
  const createComputePipelineAsync = device.createComputePipelineAsync.bind(device);
  Object.assign(device, {
    createBuffer: (descriptor: GPUBufferDescriptor) => {
      const { label = '', size } = descriptor;
      const isOut = fails('createBuffer', label, size);
      return made(isOut ? withoutMemory(descriptor) : createBuffer(descriptor), () =>
        fails('mapAsync', label, size),
      );
    },
    createShaderModule: (descriptor: GPUShaderModuleDescriptor) => {
      fails('createShaderModule', descriptor.label);
      return createShaderModule(descriptor);
    },
    createComputePipelineAsync: (descriptor: GPUComputePipelineDescriptor) => {
      fails('createComputePipelineAsync', descriptor.label);
      return settled(createComputePipelineAsync(descriptor));
    },
    pushErrorScope: (filter: GPUErrorFilter) => {
      scopes.push({ filter, outOfMemory: false });
      pushErrorScope(filter);
    },
    popErrorScope: () => {
      const popped = settled(popErrorScope());
      const scope = scopes.pop();
      return scope?.outOfMemory ? popped.then(() => ({ message: 'out of memory' }) as GPUError) : popped;
    },
  });
  Object.assign(queue, {
    writeBuffer: (...args: unknown[]) => {
      fails('writeBuffer');
      return writeBuffer(...args);
    },
    submit: (commands: GPUCommandBuffer[]) => {
      fails('submit');
      return submit(commands);
    },
    onSubmittedWorkDone: () => {
      fails('onSubmittedWorkDone');
      return settled(onSubmittedWorkDone());
    },
  });
  return {
    device,
    live: () => [...buffers].map(({ label }) => label),
    set: (of) => {
      faults = of;
    },
  };
}

export const faultyDevice = async (): Promise<FaultyDevice> => faulty(await requestDevice(await nodeGpu()));

/**
 * Gives every device that is requested while the work runs to `opened`. Commands request their devices themselves.
 */
export async function withDevices<T>(
  opened: (device: FaultyDevice) => void,
  work: () => Promise<T>,
): Promise<T> {
  const gpu = await nodeGpu();
  const requestAdapter = gpu.requestAdapter;
  gpu.requestAdapter = async (options) => {
    const adapter = await requestAdapter.call(gpu, options);
    if (adapter === null) return null;
    const request = adapter.requestDevice.bind(adapter);
    return Object.assign(adapter, {
      requestDevice: async (descriptor?: GPUDeviceDescriptor) => {
        const made = faulty(await request(descriptor));
        opened(made);
        return made.device;
      },
    });
  };
  try {
    return await work();
  } finally {
    gpu.requestAdapter = requestAdapter;
  }
}
