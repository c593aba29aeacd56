/** Checks for all commands that they overwrite nothing that they read, under any name. */
import { type BigIntStats, lstatSync, readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UsageError } from './usage-error.ts';

/** A file or folder that a command reads, with everything in the folder. */
export interface Read {
  /** The name of the file or folder in messages: 'the --data'. */
  readonly what: string;
  readonly path: string;
}

export interface Written extends Read {
  /** The option on the command line: '--out'. */
  readonly option: string;
  /**
   * The kind of place. The command replaces a 'file', and owns a 'folder' with everything in it. 'into' is a folder
   * where it adds files beside others, and checks each one.
   */
  readonly as: 'file' | 'folder' | 'into';
  /** The advice of the error message, in place of naming another path: 'name another folder with -o'. */
  readonly instead?: string;
}

/** Throws UsageError for the first path that a command cannot write, or that would overwrite something it reads. */
export function checkPlaces(reads: readonly Read[], writes: readonly Written[]): void {
  for (const written of writes) checkTarget(written);
  const read = reads.map((r) => ({ ...r, spots: spotsOf(r.path) }));
  for (const [n, written] of writes.entries()) {
    const target = targetOf(written);
    // A command may read and write the same table, to add to it.
    for (const r of read) if (r.path !== written.path || r.what !== written.what) refuseOverlap(target, r);
    for (const other of writes.slice(n + 1)) refuseShared(target, targetOf(other));
  }
}

interface Destination extends Written {
  readonly at: Spot;
  /** The files that the folder holds already. */
  readonly entries: readonly FolderEntry[];
}

function targetOf(written: Written): Destination {
  const at = spotOf(written.path);
  return { ...written, at, entries: written.as === 'folder' ? entriesOf(written.path) : [] };
}

function refuseOverlap(target: Destination, read: Read & { readonly spots: Spots }): void {
  const { option, path, as, at, entries } = target;
  const refuse = (why: string, another: string): never => {
    throw new UsageError(`${option} ${path} ${why}: ${target.instead ?? `name ${another}`}`);
  };
  const another = as === 'file' ? 'another file' : 'another folder';
  const { what, spots } = read;
  const own = [spots.self, ...spots.names];
  if (own.some((spot) => isSame(at, spot))) refuse(`is also ${what}`, another);
  const same = spots.entries.find((h) => isSame(at, h.at));
  if (same) refuse(`is also ${same.path} of ${what}`, another);
  if (spots.isFolder && isInside(at, spots.self))
    refuse(`lies in ${what} (${read.path}), which is read`, 'a place outside it');
  if (as !== 'folder') return;
  if (own.some((spot) => isInside(spot, at))) refuse(`holds ${what} (${read.path}), which is read`, another);
  for (const h of entries) {
    const also = [{ path: read.path, at: spots.self }, ...spots.entries].find((r) => isSame(h.at, r.at));
    if (also) refuse(`holds ${h.path}, which is also ${also.path} of ${what}`, another);
  }
}

function refuseShared(one: Destination, other: Destination): void {
  const inside =
    (one.as === 'folder' && isInside(other.at, one.at)) ||
    (other.as === 'folder' && isInside(one.at, other.at));
  if (isSame(one.at, other.at) || inside)
    throw new UsageError(
      `${other.option} ${other.path} is also ${one.what} (${one.path}): each needs a place of its own`,
    );
}

/** Throws UsageError if something is at the path that the command cannot write into or replace. */
function checkTarget({ option, path, as, instead }: Written): void {
  const there = statOf(path, lstatSync);
  const meant = statOf(path, statSync);
  if (!there) return;
  const refuse = (why: string): never => {
    throw new UsageError(
      `${option} ${path} is ${why}: ${instead ?? `name a ${as === 'file' ? 'file' : 'folder'}`}`,
    );
  };
  if (as === 'file' && there.isDirectory()) refuse('a folder');
  if (as === 'file' && !there.isFile()) refuse('no regular file, and would be replaced by one');
  if (as !== 'file' && !meant) refuse('a link that leads nowhere');
  if (as !== 'file' && meant?.isFile()) refuse('a file');
  if (as !== 'file' && !meant?.isDirectory()) refuse('no folder');
}

/** The identities of a file and all folders above it, root first; a new file is known by its folder and name. */
type Spot = readonly string[];

const isSame = (a: Spot, b: Spot): boolean => a.at(-1) === b.at(-1);
const isInside = (a: Spot, folder: Spot): boolean => a.slice(0, -1).includes(folder.at(-1)!);

interface Spots {
  /** The file or folder that the path leads to. */
  readonly self: Spot;
  /** The link itself where the path is one, because a file written there would replace it; otherwise nothing. */
  readonly names: readonly Spot[];
  readonly isFolder: boolean;
  /** The files in the folder, each with the place that its name leads to. */
  readonly entries: readonly FolderEntry[];
}

function spotsOf(path: string): Spots {
  const isFolder = statOf(path, statSync)?.isDirectory() ?? false;
  const isLink = statOf(path, lstatSync)?.isSymbolicLink() ?? false;
  return {
    self: spotOf(path),
    names: isLink ? [linkSpot(path)] : [],
    isFolder,
    entries: isFolder ? entriesOf(path) : [],
  };
}

/** The device and inode of a file, which are the same for all of its names and for any case of letters. */
const identity = ({ dev, ino }: BigIntStats): string => `${dev}:${ino}`;

function spotOf(path: string): Spot {
  const full = resolve(path);
  const real = realPath(full);
  if (real === undefined) {
    const folder = spotOf(dirname(full));
    return [...folder, `${folder.at(-1)}/${basename(full)}`];
  }
  return ancestors(real).map((at) => identity(statSync(at, { bigint: true })));
}

/** The place of a link itself, not of the file that it leads to. */
function linkSpot(path: string): Spot {
  const full = resolve(path);
  return [...spotOf(dirname(full)), identity(lstatSync(full, { bigint: true }))];
}

interface FolderEntry {
  readonly path: string;
  readonly at: Spot;
}

function entriesOf(folder: string): FolderEntry[] {
  try {
    return readdirSync(folder).map((name) => ({ path: join(folder, name), at: spotOf(join(folder, name)) }));
  } catch {
    return [];
  }
}

function ancestors(path: string): string[] {
  const up = dirname(path);
  return up === path ? [path] : [...ancestors(up), path];
}

/** The path without links; undefined if nothing exists there. */
function realPath(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return path === dirname(path) ? path : undefined;
  }
}

/** The status of a path; undefined if nothing exists there or the path cannot be followed: writing to it says why. */
function statOf(path: string, stat: (path: string) => Stats): Stats | undefined {
  try {
    return stat(path);
  } catch {
    return undefined;
  }
}
