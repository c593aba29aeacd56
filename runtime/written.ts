import { invalidArgument } from './arguments.ts';
import { firstError } from './error-scope.ts';
import type { OftcRuntimeError } from './errors.ts';

/**
 * The errors of the work that wrote each buffer. A run that fails leaves its outputs as they were, and WebGPU reports
 * nothing of it where they are read. So whatever reads a buffer asks for the error here, and what it computes has it too.
 */
const written = new WeakMap<GPUBuffer, Promise<OftcRuntimeError | null>>();

const NO_ERROR: Promise<null> = Promise.resolve(null);

/** The error of the work that wrote a buffer; null for a buffer that nothing here wrote. It never rejects. */
export const errorOf = (buffer: GPUBuffer): Promise<OftcRuntimeError | null> =>
  written.get(buffer) ?? NO_ERROR;

/** States the errors of the work that writes the whole of a buffer. */
export function writes(buffer: GPUBuffer, errors: readonly Promise<OftcRuntimeError | null>[]): void {
  written.set(buffer, firstError(errors));
}

/**
 * States that you have written the whole of your own buffer, so that nothing is left of the run that should have written it.
 * Call it where such a run failed: the runtime sees no write of yours, such as `queue.writeBuffer`, and would refuse
 * what later runs compute from the buffer. A run that writes to the buffer needs no such call. Throws InvalidArgument.
 */
export function refilled(buffer: GPUBuffer): void {
  if (typeof buffer !== 'object' || buffer === null || typeof buffer.destroy !== 'function')
    throw invalidArgument('what refilled() is given', 'a GPUBuffer', buffer);
  written.delete(buffer);
}

/** States the errors of the work that writes a part of a buffer, which keeps those of the other parts. */
export const writesPart = (buffer: GPUBuffer, errors: readonly Promise<OftcRuntimeError | null>[]): void =>
  writes(buffer, [errorOf(buffer), ...errors]);
