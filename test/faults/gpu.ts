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
 * A fault of a call: it fails as WebGPU fails it (`fail`), the device is destroyed before it (`destroy`), or the driver stops
 * (`lose`): `device.lost` says so, and no later promise settles.
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

/** The state that a device's replaced calls share: its buffers, the faults to make, and whether it is lost. */
class Meddler {
  readonly buffers = new Set<GPUBuffer>();
  readonly #device: GPUDevice;
  readonly #lose: (info: GPUDeviceLostInfo) => void;
  faults: Faults | undefined;
  #isLost = false;

  constructor(device: GPUDevice) {
    this.#device = device;
    let lose: (info: GPUDeviceLostInfo) => void = () => {};
    const lost = new Promise<GPUDeviceLostInfo>((resolve) => {
      lose = resolve;
    });
    void device.lost.then(lose);
    Object.defineProperty(device, 'lost', { value: lost });
    this.#lose = lose;
  }

  /** Whether the call is to fail. Loses the device where the faults say so. */
  fails(call: Call, label = '', bytes = 0): boolean {
    const fault = this.faults?.before(call, label, bytes);
    if (fault === 'destroy') this.#device.destroy();
    if (fault === 'lose') {
      this.#isLost = true;
      this.#lose({ reason: 'unknown', message: 'the driver stopped' } as GPUDeviceLostInfo);
    }
    return fault === 'fail';
  }

  /** The promise, or one that never settles once the driver has stopped. */
  settled<T>(promise: Promise<T>): Promise<T> {
    if (!this.#isLost) return promise;
    promise.catch(() => {});
    return NEVER;
  }

  /** Follows a buffer's life, and lets its maps fail. */
  followed(buffer: GPUBuffer, label: string, size: number): GPUBuffer {
    this.buffers.add(buffer);
    const [destroy, mapAsync] = [buffer.destroy.bind(buffer), buffer.mapAsync.bind(buffer)];
    return Object.assign(buffer, {
      destroy: () => {
        this.buffers.delete(buffer);
        destroy();
      },
      mapAsync: (mode: GPUMapModeFlags) =>
        this.fails('mapAsync', label, size)
          ? Promise.reject(new DOMException('the buffer cannot be mapped', 'OperationError'))
          : this.settled(mapAsync(mode)),
    });
  }
}

/** Replaces the calls that make buffers and that scope errors. */
function meddleWithMemory(device: GPUDevice, meddler: Meddler): void {
  const scopes: Scope[] = [];
  const [pushErrorScope, popErrorScope, createBuffer] = [
    device.pushErrorScope.bind(device),
    device.popErrorScope.bind(device),
    device.createBuffer.bind(device),
  ];
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
  Object.assign(device, {
    createBuffer: (descriptor: GPUBufferDescriptor) => {
      const { label = '', size } = descriptor;
      const isOut = meddler.fails('createBuffer', label, size);
      const buffer = isOut ? withoutMemory(descriptor) : createBuffer(descriptor);
      return meddler.followed(buffer, label, size);
    },
    pushErrorScope: (filter: GPUErrorFilter) => {
      scopes.push({ filter, outOfMemory: false });
      pushErrorScope(filter);
    },
    popErrorScope: () => {
      const popped = meddler.settled(popErrorScope());
      const scope = scopes.pop();
      return scope?.outOfMemory ? popped.then(() => ({ message: 'out of memory' }) as GPUError) : popped;
    },
  });
}

/** Replaces the calls that make kernels and that give work to the queue. */
function meddleWithWork(device: GPUDevice, meddler: Meddler): void {
  const { queue } = device;
  const [writeBuffer, submit, onSubmittedWorkDone] = [
    queue.writeBuffer.bind(queue) as (...args: unknown[]) => undefined,
    queue.submit.bind(queue),
    queue.onSubmittedWorkDone.bind(queue),
  ];
  const createShaderModule = device.createShaderModule.bind(device);
  const createComputePipelineAsync = device.createComputePipelineAsync.bind(device);
  Object.assign(device, {
    createShaderModule: (descriptor: GPUShaderModuleDescriptor) => {
      meddler.fails('createShaderModule', descriptor.label);
      return createShaderModule(descriptor);
    },
    createComputePipelineAsync: (descriptor: GPUComputePipelineDescriptor) => {
      meddler.fails('createComputePipelineAsync', descriptor.label);
      return meddler.settled(createComputePipelineAsync(descriptor));
    },
  });
  Object.assign(queue, {
    writeBuffer: (...args: unknown[]) => {
      meddler.fails('writeBuffer');
      return writeBuffer(...args);
    },
    submit: (commands: GPUCommandBuffer[]) => {
      meddler.fails('submit');
      return submit(commands);
    },
    onSubmittedWorkDone: () => {
      meddler.fails('onSubmittedWorkDone');
      return meddler.settled(onSubmittedWorkDone());
    },
  });
}

/** Makes a device's calls fail as `set` says. It changes the device's own object, because Dawn takes no other. */
export function faulty(device: GPUDevice): FaultyDevice {
  const meddler = new Meddler(device);
  meddleWithMemory(device, meddler);
  meddleWithWork(device, meddler);
  return {
    device,
    live: () => [...meddler.buffers].map(({ label }) => label),
    set: (faults) => {
      meddler.faults = faults;
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
