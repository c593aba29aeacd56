/** A file that is written whole or not at all. */
import { constants, rmSync } from 'node:fs';
import { access, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UsageError } from '../cli/usage.ts';
import { temporaryFor } from './temporary.ts';
import { undoAtEnd } from './undo.ts';

/** Writes a temporary file beside `path` and puts it in its place. Throws the system's errors. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = temporaryFor(path);
  const undone = undoAtEnd(() => rmSync(temporary, { force: true }));
  try {
    await writeFile(temporary, text, { flag: 'wx', flush: true });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    undone();
  }
}

/** The same for a file that the command line names: throws UsageError for the system's errors. */
export const replaceFile = (path: string, text: string): Promise<void> => named(path, writeWhole(path, text));

/** Asks before the work whether its folder takes the temporary file. Throws what `replaceFile` would. */
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
