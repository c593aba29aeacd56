import type { DeviceWatch } from './device-loss.ts';
import { OftcRuntimeError } from './errors.ts';

export interface Scoped<T> {
  readonly value: T;
  /** The error that WebGPU reported about the work, or DeviceLost. It never rejects, so it may go unread. */
  readonly error: Promise<OftcRuntimeError | null>;
}

/** Runs synchronous WebGPU calls within error scopes. `where` completes "out of device memory …". */
export function scoped<T>(watch: DeviceWatch, where: string, work: (device: GPUDevice) => T): Scoped<T> {
  const { device } = watch;
  device.pushErrorScope('out-of-memory');
  device.pushErrorScope('validation');
  let error: Promise<OftcRuntimeError | null>;
  let value: T;
  try {
    value = work(device);
  } catch (cause) {
    // WebGPU throws for a value that is no WebGPU object, and for a number that its type does not hold.
    throw cause instanceof OftcRuntimeError ? cause : refused(where, String(cause), cause);
  } finally {
    const validation = device.popErrorScope();
    const memory = device.popErrorScope();
    error = watch.orLost(Promise.all([validation, memory])).then(
      ([v, m]) => (m !== null ? outOfMemory(where) : v !== null ? refused(where, v.message) : null),
      (e: unknown) => (e instanceof OftcRuntimeError ? e : refused(where, String(e))),
    );
  }
  return { value, error };
}

export const firstError = async (
  errors: readonly Promise<OftcRuntimeError | null>[],
): Promise<OftcRuntimeError | null> => (await Promise.all(errors)).find((e) => e !== null) ?? null;

function outOfMemory(where: string): OftcRuntimeError {
  const what = `out of device memory ${where}`;
  const remedy = 'destroy results you no longer need, or run fewer tokens at a time';
  return new OftcRuntimeError('OutOfMemory', `${what}: ${remedy}`, { what });
}

const refused = (where: string, why: string, cause?: unknown): OftcRuntimeError =>
  new OftcRuntimeError('ValidationError', `WebGPU refused ${where}: ${why}`, { cause });
