/** Whether a folder can be made and written, or a file replaced, asked before work that takes minutes. */
import { constants, lstatSync, type Stats, statSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { UsageError } from './usage.ts';

/** The nearest folder that is there must take new files. Throws UsageError. */
export async function checkWritable(folder: string, option = '--out'): Promise<void> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    try {
      return await access(at, constants.W_OK | constants.X_OK);
    } catch (error) {
      const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      if (!missing || at === dirname(at))
        throw new UsageError(
          `${option} ${folder}: ${at} cannot be written to: name another place, or get the permission`,
        );
    }
  }
}

/** What a command reads: as a message calls it, and its path. */
export type Read = readonly [what: string, path: string];

/**
 * A file takes its place by being renamed to it, which removes what was there: that may be nothing or a file, but not
 * one that the command reads. Throws UsageError.
 */
export function checkTarget(option: string, path: string, reads: readonly Read[]): void {
  const there = statOf(path, lstatSync);
  if (there && !there.isFile())
    throw new UsageError(
      `${option} ${path} is ${there.isDirectory() ? 'a folder' : 'no regular file, and would be replaced by one'}: name a file`,
    );
  const also = reads.find(([, read]) => isSame(path, read));
  if (also) throw new UsageError(`${option} ${path} is also ${also[0]}: name another file`);
}

/** By any of its names, and where there is none yet. */
function isSame(one: string, other: string): boolean {
  const [a, b] = [one, other].map((path) => statOf(path, statSync));
  return a && b ? a.dev === b.dev && a.ino === b.ino : resolve(one) === resolve(other);
}

/** undefined where there is nothing, and where the path leads nowhere: writing to it says why. */
export function statOf(path: string, stat: (path: string) => Stats): Stats | undefined {
  try {
    return stat(path);
  } catch {
    return undefined;
  }
}
