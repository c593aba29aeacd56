import { OftcError } from '../../compiler/errors/error.ts';
import { didYouMean } from '../../compiler/errors/nearest.ts';
import type { StepProfile } from '../../runtime/index.ts';
import { wrongArgument } from '../language/arguments.ts';
import type { BackendResult } from './backends/backend.ts';
import type { HostTensor } from './tensors.ts';

/** The outputs of one run, which stay on the device until they are read. */
export class Outputs {
  readonly #result: BackendResult;
  readonly shapes: Readonly<Record<string, readonly number[]>>;

  constructor(result: BackendResult, shapes: Readonly<Record<string, readonly number[]>>) {
    this.#result = result;
    this.shapes = shapes;
    for (const name of Object.keys(shapes).filter((n) => !(n in this)))
      Object.defineProperty(this, name, {
        get: (): never => {
          const read = `(await outputs.read('${name}'))`;
          throw new OftcError('OFT4008', `an output is read first: ${read} has its data and its shape`);
        },
      });
  }

  /** The device buffers by name; undefined on the CPU reference. */
  get buffers(): Readonly<Record<string, GPUBuffer>> | undefined {
    return this.#result.buffers;
  }

  /** Resolves when the device is done; rejects with the device's error. */
  done(): Promise<void> {
    return this.#result.done();
  }

  /** Reads an output by name. Throws OFT4008 for a name that the layer does not have. */
  async read(name: string): Promise<HostTensor> {
    const names = Object.keys(this.shapes);
    if (typeof name !== 'string') throw wrongArgument('the name that read() asks for', 'a text', name);
    const shape = Object.hasOwn(this.shapes, name) ? this.shapes[name] : undefined;
    if (!shape)
      throw new OftcError(
        'OFT4008',
        `no output '${name}'; there are ${names.join(', ')}${didYouMean(name, names)}`,
      );
    return { data: await this.#result.read(name), shape };
  }

  async readAll(): Promise<Record<string, HostTensor>> {
    const names = Object.keys(this.shapes);
    return Object.fromEntries(await Promise.all(names.map(async (n) => [n, await this.read(n)] as const)));
  }

  /**
   * The device time of every kernel that ran. Throws OFT4010 on the CPU reference, and OftcRuntimeError NotProfiled
   * in a session without `timing`.
   */
  async profile(): Promise<StepProfile[]> {
    if (!this.#result.profile)
      throw new OftcError(
        'OFT4010',
        'the CPU reference has no kernels to time; compile for a device, with `timing: true`',
      );
    return this.#result.profile();
  }

  /** Frees the device memory of the outputs. */
  destroy(): void {
    this.#result.destroy();
  }
}
