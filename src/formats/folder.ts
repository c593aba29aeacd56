/** Files that belong together, written whole or not at all. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { FormatError, listed } from './error.ts';
import { io } from './safetensors/io.ts';

/**
 * Makes `folder` of what `write` puts into a new folder beside it. What stood at `folder` is replaced if every file
 * of it is written anew (FolderInUse otherwise: a stranger's file would be lost); a failure leaves it as it was.
 * Replacing takes two renames: only a crash between them leaves no `folder`, and both versions beside it.
 */
export async function writeFolder(folder: string, write: (into: string) => Promise<void>): Promise<void> {
  const target = resolve(folder);
  const beside = (kind: string) => join(dirname(target), `.${basename(target)}-${kind}-${randomUUID()}.tmp`);
  const fresh = beside('new');
  await io(target, 'cannot make a folder beside it', mkdir(fresh, { recursive: true }));
  try {
    await write(fresh);
    await flush(fresh);
    await replace(target, fresh, beside('old'));
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    throw error;
  }
}

async function replace(target: string, fresh: string, aside: string): Promise<void> {
  const present = await io(target, 'cannot list it', entries(target));
  if (present === undefined) return io(target, 'cannot write it', rename(fresh, target));
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
    await rename(target, aside);
    try {
      await rename(fresh, target);
    } catch (error) {
      await rename(aside, target);
      throw error;
    }
    await rm(aside, { recursive: true, force: true });
  });
}

async function entries(folder: string): Promise<string[] | undefined> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Puts the files on the disk before they take their place. */
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
