/** Writes a file whole or not at all. */
import { rmSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { temporaryFor } from './temporary.ts';
import { undoAtEnd } from './undo.ts';

/** Writes a temporary file beside `path` and renames it to `path`. Throws the system's errors. */
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
