import { OftcRuntimeError } from './errors.ts';

/**
 * Watches one device, and ends every wait once the device is lost. Promises of a lost device need not settle.
 * Racing each against `device.lost` would keep them all alive as long as the device.
 */
export class DeviceWatch {
  readonly device: GPUDevice;
  readonly #waiting = new Set<(reason: OftcRuntimeError) => void>();
  #lost: GPUDeviceLostInfo | null = null;

  constructor(device: GPUDevice) {
    this.device = device;
    void device.lost.then((info) => {
      this.#lost = info;
      const error = this.#error(info);
      for (const reject of this.#waiting) reject(error);
      this.#waiting.clear();
    });
  }

  /** Checks the device. Throws DeviceLost once it is lost. */
  check(): void {
    if (this.#lost !== null) throw this.#error(this.#lost);
  }

  /** The promise, or DeviceLost if the device is lost before it settles. */
  orLost<T>(promise: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#lost !== null) reject(this.#error(this.#lost));
      this.#waiting.add(reject);
      promise.then(resolve, reject).finally(() => this.#waiting.delete(reject));
    });
  }

  #error(info: GPUDeviceLostInfo): OftcRuntimeError {
    const why =
      info.reason === 'destroyed' ? 'it was destroyed' : info.message || 'the driver gave no reason';
    const what = `the GPU device is lost (${why})`;
    const remedy = 'request a new device, create the Executable again and upload its tensors again';
    return new OftcRuntimeError('DeviceLost', `${what}: ${remedy}`, { what });
  }
}

const watches = new WeakMap<GPUDevice, DeviceWatch>();

export function watchDevice(device: GPUDevice): DeviceWatch {
  let watch = watches.get(device);
  if (watch === undefined) {
    watch = new DeviceWatch(device);
    watches.set(device, watch);
  }
  return watch;
}
