import { deviceOf, invalidArgument } from './arguments.ts';
import { memoryProblem } from './arrays.ts';
import { watchDevice } from './device-loss.ts';
import { firstError, scoped } from './error-scope.ts';
import { OftcRuntimeError } from './errors.ts';
import { type IndexSpan, spanOf } from './indices.ts';
import { type Allocation, Memory } from './memory.ts';
import { padded } from './schedule.ts';
import { upload } from './upload.ts';
import { COPY_DST, STORAGE } from './webgpu-flags.ts';

/**
 * A tensor that is uploaded once, for several Executables of a device. It holds the values that its array had then:
 * later changes of the array do not reach it.
 */
export class DeviceTensor {
  readonly device: GPUDevice;
  readonly buffer: GPUBuffer;
  readonly byteLength: number;
  /** The error of the tensor's memory or upload; it never rejects. */
  readonly error: Promise<OftcRuntimeError | null>;
  /** The least and the largest of the tensor's integers. */
  readonly span: IndexSpan | undefined;
  readonly #memory: Memory;
  readonly #allocation: Allocation;
  #owners = 1;

  private constructor(
    memory: Memory,
    allocation: Allocation,
    data: ArrayBufferView,
    uploaded: Promise<OftcRuntimeError | null>,
  ) {
    this.#memory = memory;
    this.#allocation = allocation;
    this.device = memory.watch.device;
    this.buffer = allocation.buffer;
    this.byteLength = data.byteLength;
    this.error = firstError([allocation.error, uploaded]);
    this.span = spanOf(data);
  }

  /** Uploads an array now. Throws DeviceLost, or DTypeMismatch for an array whose elements cannot be read. */
  static upload(device: GPUDevice, data: ArrayBufferView, label: string): DeviceTensor {
    deviceOf(device, 'the device of DeviceTensor.upload()');
    if (!ArrayBuffer.isView(data) || data instanceof DataView)
      throw invalidArgument(label, 'a typed array', data);
    const problem = memoryProblem(data);
    if (problem !== undefined) throw new OftcRuntimeError('DTypeMismatch', `${label} ${problem}`);
    const memory = new Memory(watchDevice(device));
    memory.watch.check();
    const usage = STORAGE | COPY_DST;
    const allocation = memory.allocate('inputs', label, padded(data.byteLength), usage);
    try {
      const { error } = scoped(memory.watch, `the upload of ${label}`, (d) =>
        upload(d, allocation.buffer, data),
      );
      return new DeviceTensor(memory, allocation, data, error);
    } catch (refused) {
      memory.free(allocation);
      throw refused;
    }
  }

  /** Adds an owner, who frees the tensor, too. */
  share(): this {
    this.#owners++;
    return this;
  }

  /** Frees the tensor's memory once every owner has freed it; work already submitted still finishes. */
  free(): void {
    if (--this.#owners === 0) this.#memory.free(this.#allocation);
  }
}
