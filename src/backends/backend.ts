/** What runs a compiled program: Dawn, a browser's device, or the float64 reference. */
import type { Compilation } from '../../compiler/pipeline.ts';
import type { Plan, StepProfile } from '../../runtime/index.ts';
import type { HostArray } from '../tensors.ts';

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
  bind(name: string, data: HostArray | GPUBuffer): void;
  run(tokens: number, inputs: Readonly<Record<string, HostArray | GPUBuffer>>): BackendResult;
  dispose(): void;
}

export interface Backend {
  /** `cpu`, or the adapter's name. */
  readonly name: string;
  prepare(compilation: Compilation, plan: Plan): Promise<Runner>;
  dispose(): void;
}
