/** Writes a file whole or not at all. */
import { rename, rm, writeFile } from 'node:fs/promises';
import { temporaryFor } from './temporary.ts';
import { removeAtEnd, undoAtEnd } from './undo.ts';

/**
 * Renames the file that `write` makes beside `path` to `path`. A failure, or a signal that ends the process, removes
 * it and leaves `path` unchanged. Throws the system's errors, and what `write` throws.
 */
export async function replacing<T>(path: string, write: (temporary: string) => Promise<T>): Promise<T> {
  const temporary = temporaryFor(path);
  const undone = undoAtEnd(() => removeAtEnd(temporary));
  try {
    const written = await write(temporary);
    await rename(temporary, path);
    return written;
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    undone();
  }
}

/** Writes a text to `path`. Throws the system's errors. */
export const writeWhole = (path: string, text: string): Promise<void> =>
  replacing(path, (temporary) => writeFile(temporary, text, { flag: 'wx', flush: true }));
