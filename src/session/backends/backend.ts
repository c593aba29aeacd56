/** The interface of backends, which run compiled programs: Dawn, a browser's device, or the float64 reference. */
import type { DeviceClass } from '../../../compiler/devices/index.ts';
import type { DeviceTensor, MemoryBytes, StepProfile } from '../../../runtime/index.ts';
import type { Planned } from '../planned.ts';
import type { HostArray } from '../tensors.ts';

/** The data of a tensor: an array, a buffer, or the packed words of a quantised tensor. */
export type Given = HostArray | Uint32Array | GPUBuffer;

/** A tensor that a backend keeps: the caller's buffer, or a copy, which later changes of the array do not reach. */
export type BoundTensor = Given | DeviceTensor;

/** The result of a submitted run. */
export interface BackendResult {
  /** The device buffers by output name; undefined on the reference. */
  readonly buffers: Readonly<Record<string, GPUBuffer>> | undefined;
  read(name: string): Promise<HostArray>;
  /** Resolves when the work is finished; rejects with its error. */
  done(): Promise<void>;
  /** Finds the first f16 tensor that overflowed; missing if the run holds none. */
  firstOverflow?(): Promise<string | undefined>;
  /** The device times of the kernels; missing if the backend takes none. */
  profile?(): Promise<StepProfile[]>;
  destroy(): void;
}

/** A program that is ready to run. */
export interface Runner {
  /** Compiles the kernels of a run at this token count, where `prepare` has left them. */
  ready(tokens: number): Promise<void>;
  bind(name: string, data: BoundTensor): void;
  run(tokens: number, inputs: Readonly<Record<string, Given>>): BackendResult;
  /** The device memory that a first run holds if `given` are the caller's buffers; 0 on the reference. */
  peakBytes(tokens: number, given: readonly string[]): MemoryBytes;
  dispose(): void;
}

export interface Backend {
  /** The backend's name: `cpu`, or the adapter's name. */
  readonly name: string;
  /** The class of devices that programs are compiled for. */
  readonly class: DeviceClass;
  /** Whether the backend takes quantised tensors as packed words; if not, it takes the decoded values. */
  readonly words: boolean;
  /** Copies an array to where runs read it. Throws for an array that the backend cannot take. */
  hold(name: string, data: Given): BoundTensor;
  /** Adds an owner to a held tensor, who must free it too. */
  share(held: BoundTensor): BoundTensor;
  free(held: BoundTensor): void;
  /**
   * Makes a runner. The reference needs the compilation, other backends need the Plan. If `late`, kernels are compiled
   * by the runner's `ready`: a Plan has kernels for token counts that a caller may never use.
   */
  prepare(
    planned: Pick<Planned, 'signature' | 'plan' | 'isNew'> & Partial<Pick<Planned, 'compilation'>>,
    late?: boolean,
  ): Promise<Runner>;
  dispose(): void;
}
