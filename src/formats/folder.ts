/** Writes files that belong together, all or none. */
import { existsSync, renameSync } from 'node:fs';
import { open, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { FormatError, listed } from './error.ts';
import { makeFolders } from './make-folders.ts';
import { io } from './safetensors/io.ts';
import { namesIn, temporaryFor } from './temporary.ts';
import { removeAtEnd, undoAtEnd } from './undo.ts';

/**
 * Makes `folder` of the files that `write` puts into a new folder beside it. An existing `folder` is replaced only if
 * every file of it is written again (FolderInUse otherwise: a stranger's file would be lost). A failure leaves it
 * unchanged, and so does a signal that ends the process. Replacing takes two renames. A crash between them leaves no
 * `folder` and both versions beside it; `removeLeftovers` puts the old one back.
 */
export async function writeFolder(folder: string, write: (into: string) => Promise<void>): Promise<void> {
  const target = resolve(folder);
  const [fresh, aside] = [temporaryFor(target), temporaryFor(target, 'old')];
  const undone = undoAtEnd(() => {
    removeAtEnd(fresh);
    if (existsSync(target) && existsSync(aside)) removeAtEnd(aside);
  });
  try {
    await io(target, 'cannot make a folder beside it', () => makeFolders(fresh));
    await write(fresh);
    await flush(fresh);
    await replace(target, fresh, aside);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    throw error;
  } finally {
    undone();
  }
}

async function replace(target: string, fresh: string, aside: string): Promise<void> {
  const present = await io(target, 'cannot list it', namesIn(target));
  const written = new Set(await io(fresh, 'cannot list it', readdir(fresh)));
  const lost = present.filter((name) => !written.has(name));
  if (lost.length > 0) {
    throw new FormatError(
      'FolderInUse',
      { file: target },
      `it holds ${listed(lost)}, which would be lost`,
      'Name another folder, or empty this one.',
    );
  }
  await io(target, 'cannot replace it', async () => {
    exchange(target, fresh, aside);
    await rm(aside, { recursive: true, force: true });
  });
}

/** Exchanges the folders synchronously, so that no signal is handled between the two renames. */
function exchange(target: string, fresh: string, aside: string): void {
  const stood = existsSync(target);
  if (stood) renameSync(target, aside);
  try {
    renameSync(fresh, target);
  } catch (error) {
    if (stood) renameSync(aside, target);
    throw error;
  }
}

/** Puts the files on the disk before the folder takes its place. */
async function flush(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    await io(path, 'cannot flush it', async () => {
      const handle = await open(path, 'r+');
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    });
  }
}
