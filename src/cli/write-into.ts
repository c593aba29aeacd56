/** Writes files that belong together into a folder that the command line names. */
import { join } from 'node:path';
import { locked, lockWithin } from '../formats/lock.ts';
import { type Check, removeAllLeftovers, writeAll } from '../formats/write-all.ts';
import { type Io, warnTo } from './io.ts';
import { UsageError } from './usage-error.ts';

/**
 * Writes the texts by their paths in a folder, while no other process does, and returns the whole paths. What killed
 * processes left of them is removed first. Throws UsageError for the system's errors, and what `check` throws.
 */
export async function writeInto(
  folder: string,
  texts: Readonly<Record<string, string>>,
  check: Check,
  io: Io,
): Promise<string[]> {
  const byPath = Object.fromEntries(Object.entries(texts).map(([name, text]) => [join(folder, name), text]));
  const paths = Object.keys(byPath);
  try {
    await locked(lockWithin(folder), folder, { wait: true, warn: warnTo(io) }, async (isHeld) => {
      if (isHeld) await removeAllLeftovers(paths);
      await writeAll(byPath, check);
    });
  } catch (error) {
    const system = systemError(error);
    throw system ? new UsageError(`cannot write to '${folder}': ${system.message}`) : error;
  }
  return paths;
}

/** The system's error, which may be the cause of another one. */
function systemError(error: unknown): Error | undefined {
  if (!(error instanceof Error)) return undefined;
  return 'syscall' in error ? error : systemError(error.cause);
}
