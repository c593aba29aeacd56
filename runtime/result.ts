import { textOf } from './arguments.ts';
import { firstError } from './error-scope.ts';
import { OftcRuntimeError } from './errors.ts';
import type { Allocation, Memory } from './memory.ts';
import type { Profiler, StepProfile } from './profile.ts';
import type { SizedTensor } from './schedule.ts';
import { checkKnown, type TensorArray, toArray } from './tensors.ts';
import { COPY_SRC } from './webgpu-flags.ts';

export interface OutputBuffer extends SizedTensor {
  readonly buffer: GPUBuffer;
  /** The output's allocation; null when the caller supplied the buffer. */
  readonly owned: Allocation | null;
}

/** A submitted run. Nothing waits until it is read; an error of the device surfaces at done() or read(). */
export class RunResult {
  /** The outputs' buffers by name, ready to be inputs of further runs. A buffer may be longer than its tensor. */
  readonly outputs: Readonly<Record<string, GPUBuffer>>;
  readonly #who: string;
  readonly #memory: Memory;
  readonly #buffers: readonly OutputBuffer[];
  readonly #errors: readonly Promise<OftcRuntimeError | null>[];
  readonly #profiler: Profiler | null;
  #destroyed = false;

  constructor(
    who: string,
    memory: Memory,
    buffers: readonly OutputBuffer[],
    errors: readonly Promise<OftcRuntimeError | null>[],
    profiler: Profiler | null,
  ) {
    this.#who = who;
    this.#memory = memory;
    this.#buffers = buffers;
    this.#errors = errors;
    this.#profiler = profiler;
    this.outputs = Object.fromEntries(buffers.map((b) => [b.tensor.name, b.buffer]));
  }

  /** Resolves when the device has finished; rejects with the device's error. */
  async done(): Promise<void> {
    await this.#check();
    const { watch } = this.#memory;
    await watch.orLost(watch.device.queue.onSubmittedWorkDone());
    watch.check();
  }

  /** The values of an output, row-major; f16 as its bits. */
  async read(name: string): Promise<TensorArray> {
    textOf(name, 'the name that read() asks for');
    checkKnown(`the result of ${this.#who}`, [name], this.#buffers);
    const { tensor, bytes, buffer } = this.#buffers.find((b) => b.tensor.name === name)!;
    if (this.#destroyed)
      throw new OftcRuntimeError('Disposed', `this result of ${this.#who} is destroyed: run again`);
    if ((buffer.usage & COPY_SRC) === 0) {
      throw new OftcRuntimeError(
        'BufferMismatch',
        `the buffer given for output '${name}' cannot be read: create it with GPUBufferUsage.COPY_SRC`,
      );
    }
    // The copy is submitted before anything is awaited, so that it sees the buffer as it is now.
    const values =
      bytes === 0 ? Promise.resolve(new ArrayBuffer(0)) : this.#memory.read(buffer, bytes, `'${name}'`);
    const [error, read] = await Promise.all([firstError(this.#errors), values.catch((e: unknown) => e)]);
    if (error !== null) throw error;
    this.#memory.watch.check();
    if (!(read instanceof ArrayBuffer)) throw read;
    return toArray(tensor.dtype, read);
  }

  async readAll(): Promise<Record<string, TensorArray>> {
    const names = this.#buffers.map((b) => b.tensor.name);
    return Object.fromEntries(await Promise.all(names.map(async (n) => [n, await this.read(n)] as const)));
  }

  /** Device time of every executed step. Throws NotProfiled unless the Executable was created to profile. */
  async profile(): Promise<StepProfile[]> {
    if (this.#profiler === null) {
      throw new OftcRuntimeError(
        'NotProfiled',
        `${this.#who} takes no times: create it with { profile: true }`,
      );
    }
    if (this.#destroyed)
      throw new OftcRuntimeError('Disposed', `this result of ${this.#who} is destroyed: run again`);
    await this.#check();
    return this.#profiler.read();
  }

  /** Frees the outputs the run allocated; buffers the caller supplied stay. Harmless twice. */
  destroy(): void {
    this.#destroyed = true;
    for (const { owned } of this.#buffers) this.#memory.free(owned);
    this.#profiler?.destroy();
  }

  async #check(): Promise<void> {
    const error = await firstError(this.#errors);
    if (error !== null) throw error;
  }
}
