/** One check for all commands: nothing that a command writes is something that it reads, by whatever name. */
import { type BigIntStats, lstatSync, readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UsageError } from './usage.ts';

/** A file or folder that a command reads, with all that a folder holds. */
export interface Read {
  /** As a message calls it: 'the --data'. */
  readonly what: string;
  readonly path: string;
}

export interface Written extends Read {
  /** As the command line calls it: '--out'. */
  readonly option: string;
  /**
   * A file is replaced. A folder belongs to the command, with all that it holds. Files that go into a folder stand
   * beside what it holds: the command checks them one by one.
   */
  readonly as: 'file' | 'folder' | 'into';
  /** What to do where it cannot be written, in place of naming another: 'name another folder with -o'. */
  readonly instead?: string;
}

/** Throws UsageError for the first place that a command cannot write, or would write over something it reads. */
export function checkPlaces(reads: readonly Read[], writes: readonly Written[]): void {
  for (const written of writes) checkTarget(written);
  const read = reads.map((r) => ({ ...r, spots: spotsOf(r.path) }));
  for (const [n, written] of writes.entries()) {
    const target = targetOf(written);
    // A table that is added to is read and written: it may be itself.
    for (const r of read) if (r.path !== written.path || r.what !== written.what) refuseOverlap(target, r);
    for (const other of writes.slice(n + 1)) refuseShared(target, targetOf(other));
  }
}

interface Destination extends Written {
  readonly at: Spot;
  /** Files that the folder holds already. */
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

/** What takes the place of a file removes it, so there may be a file or nothing. */
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

/** A place by what identifies it and all folders above it, from the root down: a name has one only by its folder. */
type Spot = readonly string[];

const isSame = (a: Spot, b: Spot): boolean => a.at(-1) === b.at(-1);
const isInside = (a: Spot, folder: Spot): boolean => a.slice(0, -1).includes(folder.at(-1)!);

interface Spots {
  /** The place that the path leads to. */
  readonly self: Spot;
  /** The links on the way, which a file that takes their place would remove. */
  readonly names: readonly Spot[];
  readonly isFolder: boolean;
  /** Files that a folder holds, each where its name leads to. */
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

/** Device and inode tell a file whatever its name, also where the case of letters makes no difference. */
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

/** A link itself, rather than what it leads to. */
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

/** undefined where there is nothing. */
function realPath(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return path === dirname(path) ? path : undefined;
  }
}

/** undefined where there is nothing, and where the path leads nowhere: writing to it says why. */
export function statOf(path: string, stat: (path: string) => Stats): Stats | undefined {
  try {
    return stat(path);
  } catch {
    return undefined;
  }
}
