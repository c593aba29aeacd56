/** Writes files that belong together: each is whole at any moment, and a failure or a signal leaves all as they were. */
import { linkSync, lstatSync, renameSync, rmSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { removeEmpty } from './empty-folders.ts';
import { errorCode } from './error-code.ts';
import { makeFolders } from './make-folders.ts';
import { removeLeftovers, temporaryFor } from './temporary.ts';
import { removeAtEnd, undoAtEnd } from './undo.ts';

/** Throws for a file that may not be replaced. It lies `at` a place that may be another name of the one to write to. */
export type Check = (at: string, path: string) => void;

interface File {
  readonly path: string;
  readonly text: string;
  readonly fresh: string;
  /** The file that was there before, once it has this second name. */
  readonly old: string;
}

/** The error codes for missing hard links: of file systems, and of Windows' for a function that it does not know. */
const NO_LINKS = new Set<string | undefined>([
  'EPERM',
  'EMLINK',
  'ENOSYS',
  'ENOTSUP',
  'EOPNOTSUPP',
  'EISDIR',
]);

/**
 * Writes the texts by their paths, and makes the folders that are missing. Every text is on the disk before the first
 * takes its place. A process that is killed leaves each file as it was or as it shall be; `removeLeftovers` clears up
 * the rest. Throws what `check` throws, the system's errors, and EEXIST for a file that appears meanwhile.
 */
export async function writeAll(texts: Readonly<Record<string, string>>, check: Check): Promise<void> {
  const files = Object.entries(texts).map(
    ([path, text]): File => ({ path, text, fresh: temporaryFor(path), old: temporaryFor(path, 'old') }),
  );
  const made: { readonly folder: string; readonly first: string }[] = [];
  const removeMade = () => {
    for (const { folder, first } of made.reverse()) removeEmpty(folder, first);
  };
  const begun: string[] = [];
  const undone = undoAtEnd(() => {
    for (const fresh of begun) removeAtEnd(fresh);
    removeMade();
  });
  try {
    for (const { path } of files) {
      const folder = dirname(path);
      const first = makeFolders(folder);
      if (first !== undefined) made.push({ folder, first });
      if (isThere(path)) check(path, path);
    }
    for (const { fresh, text } of files) {
      begun.push(fresh);
      await writeFile(fresh, text, { flag: 'wx', flush: true });
    }
    replaceAll(files, check);
  } catch (error) {
    for (const fresh of begun) await rm(fresh, { force: true });
    removeMade();
    throw error;
  } finally {
    undone();
  }
}

/** Removes what killed processes left of files. Call it only while no other process writes them. */
export async function removeAllLeftovers(paths: readonly string[]): Promise<void> {
  for (const path of paths) await removeLeftovers(path);
}

/** Puts the files in their places, synchronously, so that no signal is handled in between. A failure takes all back. */
function replaceAll(files: readonly File[], check: Check): void {
  const placed = new Set<File>();
  try {
    for (const file of files) {
      place(file, check);
      placed.add(file);
    }
  } catch (error) {
    for (const file of [...files].reverse()) takeBack(file, placed.has(file));
    throw error;
  }
  for (const { old, fresh } of files) for (const name of [old, fresh]) rmSync(name, { force: true });
}

function place({ path, fresh, old }: File, check: Check): void {
  if (isThere(path)) {
    backUp(path, old);
    // The second name cannot be exchanged by another process, as the path can.
    check(old, path);
    renameSync(fresh, path);
    return;
  }
  try {
    linkSync(fresh, path);
  } catch (error) {
    if (!hasNoLinks(error) || isThere(path)) throw error;
    renameSync(fresh, path);
  }
}

/** Gives the file at `path` a second name, so that it is never without its own; where that cannot be, the other one. */
function backUp(path: string, old: string): void {
  try {
    linkSync(path, old);
  } catch (error) {
    if (!hasNoLinks(error)) throw error;
    renameSync(path, old);
  }
}

function takeBack({ path, old }: File, isPlaced: boolean): void {
  const wasThere = isThere(old);
  if (wasThere && (isPlaced || !isThere(path))) renameSync(old, path);
  else if (wasThere) rmSync(old);
  else if (isPlaced) rmSync(path, { force: true });
}

const hasNoLinks = (error: unknown): boolean => NO_LINKS.has(errorCode(error));

/** Whether something has the name, also a link that leads nowhere. */
const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;
