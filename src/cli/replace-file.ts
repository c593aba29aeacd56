/** Writes files that the command line names, whole or not at all. */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { alone } from '../formats/alone.ts';
import { writeWhole } from '../formats/write-whole.ts';
import { type Io, warnTo } from './io.ts';
import { UsageError } from './usage-error.ts';

/** Writes a file. Throws UsageError for the system's errors. */
export const replaceFile = (path: string, text: string, io: Io): Promise<void> =>
  named(
    path,
    alone(path, warnTo(io), () => writeWhole(path, text)),
  );

/** Writes a file that this process has locked. Throws UsageError for the system's errors. */
export const replaceLocked = (path: string, text: string): Promise<void> =>
  named(path, writeWhole(path, text));

/** Checks, before the work, that the folder takes the temporary file. Throws what `replaceFile` would throw. */
export const checkReplaceable = (path: string): Promise<void> =>
  named(path, access(dirname(path), constants.W_OK | constants.X_OK));

async function named(path: string, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Error && 'syscall' in error)
      throw new UsageError(`cannot write '${path}': ${error.message}`);
    throw error;
  }
}
