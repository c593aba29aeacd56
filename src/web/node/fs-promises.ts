/** The functions of node:fs/promises that runs in a browser call, over mounted stores and folders. */
import { join, resolve } from 'pathe';
import { SystemError } from './errors.ts';
import { bytesOf, type Data, type FileHandle, openFound, type Stats, statsOf } from './file-handle.ts';
import { find, makeFile, makeFolder, move, namesIn, remove, settled } from './mounts.ts';

export type { FileHandle } from './file-handle.ts';

/** The flags of `open`, with which a file is made, must be new, is emptied, and is written at its end. */
const FLAGS: Readonly<
  Record<string, { make?: true; isNew?: true; empty?: true; append?: true; write?: true }>
> = {
  r: {},
  'r+': { write: true },
  w: { write: true, make: true, empty: true },
  wx: { write: true, make: true, isNew: true },
  'w+': { write: true, make: true, empty: true },
  a: { write: true, make: true, append: true },
  ax: { write: true, make: true, isNew: true, append: true },
};

/** Opens a file. A number of flags means reading: no other one is called with. */
export async function open(path: string, flags: string | number = 'r'): Promise<FileHandle> {
  const how = typeof flags === 'number' ? FLAGS.r! : FLAGS[flags];
  if (!how) throw new SystemError('EINVAL', `open with '${flags}'`, path);
  const before = find(path);
  if (before?.kind === 'folder' && (how.write || how.isNew)) throw new SystemError('EISDIR', 'open', path);
  if (before && how.isNew) throw new SystemError('EEXIST', 'open', path);
  if (before?.kind === 'own' && how.write) throw new SystemError('EROFS', 'open', path);
  if (!before && how.make) await makeFile(path, 'open');
  const found = find(path);
  if (!found) throw new SystemError('ENOENT', 'open', path);
  if (found.kind === 'folder') return folderHandle(path);
  const handle = await openFound(found, path, { writable: how.write ?? false, appends: how.append ?? false });
  if (how.empty) await handle.truncate(0);
  return handle;
}

/** The handle of a folder, which says that it is one, as on Linux. */
function folderHandle(path: string): FileHandle {
  const refused = () => Promise.reject(new SystemError('EISDIR', 'read', path));
  return {
    ...{ read: refused, readFile: refused, writeFile: refused, appendFile: refused, truncate: refused },
    stat: async () => statsOf('folder', 0),
    sync: async () => {},
    close: async () => {},
  };
}

async function using<T>(path: string, flags: string, work: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await open(path, flags);
  try {
    return await work(handle);
  } finally {
    await handle.close();
  }
}

export const readFile = (path: string): Promise<Uint8Array> =>
  using(path, 'r', (handle) => handle.readFile());

export async function writeFile(
  path: string,
  data: Data,
  { flag = 'w', flush = false }: { readonly flag?: string; readonly flush?: boolean } = {},
): Promise<void> {
  await using(path, flag, async (handle) => {
    await handle.writeFile(bytesOf(data));
    if (flush) await handle.sync();
  });
}

export async function copyFile(from: string, to: string): Promise<void> {
  await writeFile(to, await readFile(from));
}

export async function stat(path: string): Promise<Stats> {
  const found = find(path);
  if (!found) throw new SystemError('ENOENT', 'stat', path);
  return found.kind === 'folder' ? statsOf('folder', 0) : using(path, 'r', (handle) => handle.stat());
}

/** There are no links, so that this is `stat`. */
export const lstat = stat;

export async function realpath(path: string): Promise<string> {
  if (!find(path)) throw new SystemError('ENOENT', 'realpath', path);
  return resolve(path);
}

export interface Dirent {
  readonly name: string;
  readonly parentPath: string;
  isFile(): boolean;
  isDirectory(): boolean;
}

interface Listing {
  readonly recursive?: boolean;
  readonly withFileTypes?: boolean;
}

export function readdir(path: string): Promise<string[]>;
export function readdir(path: string, options: Listing & { readonly withFileTypes: true }): Promise<Dirent[]>;
export async function readdir(path: string, { recursive = false, withFileTypes = false }: Listing = {}) {
  const entries = entriesIn(resolve(path), recursive);
  return withFileTypes ? entries : entries.map(({ name }) => name);
}

function entriesIn(folder: string, recursive: boolean): Dirent[] {
  return namesIn(folder).flatMap((name) => {
    const at = join(folder, name);
    const isFolder = find(at)?.kind === 'folder';
    const entry: Dirent = {
      name,
      parentPath: folder,
      isFile: () => !isFolder,
      isDirectory: () => isFolder,
    };
    return [entry, ...(recursive && isFolder ? entriesIn(at, true) : [])];
  });
}

export async function mkdir(path: string): Promise<void> {
  makeFolder(path);
}

export async function rename(from: string, to: string): Promise<void> {
  move(from, to);
  await settled(to);
}

export async function rm(
  path: string,
  { recursive = false, force = false }: { readonly recursive?: boolean; readonly force?: boolean } = {},
): Promise<void> {
  removeAt(path, { recursive, force });
  await settled(path);
}

/** The function behind `rm` and `rmSync`. */
export function removeAt(
  path: string,
  { recursive = false, force = false }: { readonly recursive?: boolean; readonly force?: boolean } = {},
): void {
  const found = find(path);
  if (!found && force) return;
  if (!found) throw new SystemError('ENOENT', 'rm', path);
  if (found.kind === 'folder' && !recursive) throw new SystemError('EISDIR', 'rm', path);
  remove(path, 'rm');
}
