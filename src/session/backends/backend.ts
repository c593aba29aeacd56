/** What runs a compiled program: Dawn, a browser's device, or the float64 reference. */
import type { DeviceClass } from '../../../compiler/devices/index.ts';
import type { Compilation } from '../../../compiler/pipeline.ts';
import type { DeviceTensor, MemoryBytes, Plan, StepProfile } from '../../../runtime/index.ts';
import type { HostArray } from '../tensors.ts';

/** An array, a buffer, or the words of what is held quantised. */
export type Given = HostArray | Uint32Array | GPUBuffer;

/** A tensor as a backend keeps it: a copy, which later changes of the array do not reach, or the caller's buffer. */
export type BoundTensor = Given | DeviceTensor;

/** A submitted run. */
export interface BackendResult {
  /** Device buffers by output name; the reference has none. */
  readonly buffers: Readonly<Record<string, GPUBuffer>> | undefined;
  read(name: string): Promise<HostArray>;
  /** Resolves when the work is finished; rejects with what went wrong. */
  done(): Promise<void>;
  /** Device times of the kernels; only where the backend takes them. */
  profile?(): Promise<StepProfile[]>;
  destroy(): void;
}

/** One program, ready to run. */
export interface Runner {
  bind(name: string, data: BoundTensor): void;
  run(tokens: number, inputs: Readonly<Record<string, Given>>): BackendResult;
  /** Device memory that a first run holds, where `given` are buffers of the caller's; the reference holds none. */
  peakBytes(tokens: number, given: readonly string[]): MemoryBytes;
  dispose(): void;
}

export interface Backend {
  /** `cpu`, or the adapter's name. */
  readonly name: string;
  /** The class that programs are compiled for. */
  readonly class: DeviceClass;
  /** Whether what is held quantised is given to it as words; else as the values that they stand for. */
  readonly words: boolean;
  /** Copies an array to where runs read it. Throws for what it cannot take. */
  hold(name: string, data: Given): BoundTensor;
  /** One more owner of what is held, who frees it too. */
  share(held: BoundTensor): BoundTensor;
  free(held: BoundTensor): void;
  /** `plan` makes the Plan for the device, which the reference does without. */
  prepare(compilation: Compilation, plan: () => Plan): Promise<Runner>;
  dispose(): void;
}
