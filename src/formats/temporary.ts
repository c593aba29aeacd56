/**
 * Names temporary files and folders beside the path that they will replace, and removes them if their writer was
 * killed. A name has the path's own name and a random UUID, so that nothing else is ever taken for one.
 */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, renameSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { errorCode } from './error-code.ts';

/** The kinds of temporary: `new` will replace the path when complete; `old` is what was there before. */
type Kind = 'new' | 'old';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** The longest part of a name to keep: file systems allow 255 bytes, and the longest suffix takes 46. */
const LONGEST = 200;

/** A new name beside `path`. */
export const temporaryFor = (path: string, kind: Kind = 'new'): string =>
  join(dirname(resolve(path)), `${hiddenName(path)}-${kind}-${randomUUID()}.tmp`);

/** The kind of a temporary of `path` with this name; undefined for every other name. */
export function temporaryKind(name: string, path: string): Kind | undefined {
  for (const kind of ['new', 'old'] as const) {
    const start = `${hiddenName(path)}-${kind}-`;
    if (name.startsWith(start) && name.endsWith('.tmp') && UUID.test(name.slice(start.length, -4)))
      return kind;
  }
  return undefined;
}

/**
 * Removes the temporaries that a killed writer of `path` left. If it was killed while exchanging old for new, the old
 * version is put back first. Call it only while no other process writes `path`. Throws the system's errors.
 */
export async function removeLeftovers(path: string): Promise<void> {
  const target = resolve(path);
  const parent = dirname(target);
  const left = (await namesIn(parent)).flatMap((name) => {
    const kind = temporaryKind(name, target);
    return kind ? [{ kind, at: join(parent, name) }] : [];
  });
  const old = left.find(({ kind }) => kind === 'old');
  if (old && !existsSync(target)) renameSync(old.at, target);
  for (const { at } of left) await rm(at, { recursive: true, force: true });
}

/** The name of a path behind a dot, to which a suffix is added. A name that leaves no room for one is a digest. */
export function hiddenName(path: string): string {
  const name = basename(resolve(path));
  const short = new TextEncoder().encode(name).length <= LONGEST;
  return `.${short ? name : createHash('sha256').update(name).digest('hex')}`;
}

/** The names in a folder; none if there is no folder. Throws the system's errors. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
