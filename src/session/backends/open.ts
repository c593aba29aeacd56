/** Opens the backend that a session's options name. */
import type { SessionOptions } from '../options.ts';
import type { Backend } from './backend.ts';
import { cpuBackend } from './cpu.ts';
import { gpuBackend, openDevice } from './gpu.ts';

/** The backend of a device. Rejects with OftcRuntimeError DeviceMissing where there is no GPU. */
export async function openBackend(
  device: NonNullable<SessionOptions['device']>,
  timing: boolean,
): Promise<Backend> {
  if (device === 'cpu') return cpuBackend;
  return device === 'gpu' ? gpuBackend(await openDevice(), true, timing) : gpuBackend(device, false, timing);
}
