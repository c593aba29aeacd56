import { SafetensorsError } from './error.ts';

/** Does work on a file. The system's error becomes the cause of a SafetensorsError. */
export async function io<T>(
  file: string,
  problem: string,
  work: Promise<T> | (() => T | Promise<T>),
): Promise<T> {
  try {
    return await (typeof work === 'function' ? work() : work);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SafetensorsError(
      'IoError',
      { file, cause },
      `${problem}: ${reason}`,
      'Check the path, its permissions, and the free memory and disk space.',
    );
  }
}
