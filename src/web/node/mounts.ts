/**
 * The files that code of this package finds in a browser, by absolute paths: stores, which are read and written, and
 * folders of the visitor's own files, which are read in slices and never copied.
 */
import { dirname, resolve } from 'pathe';
import type { Bytes } from './browser.ts';
import { SystemError, systemError } from './errors.ts';
import type { Store } from './store.ts';

/** A folder of the visitor's own files, by their paths below it. */
export type OwnFiles = ReadonlyMap<string, Bytes>;

type Mount = { readonly store: Store } | { readonly own: OwnFiles };

/** The thing at a path. */
export type Found =
  | { readonly kind: 'folder' }
  | { readonly kind: 'own'; readonly bytes: Bytes }
  | { readonly kind: 'stored'; readonly store: Store; readonly content: string };

const mounts = new Map<string, Mount>();

export const mountStore = (path: string, store: Store): void => void mounts.set(resolve(path), { store });
export const mountOwn = (path: string, own: OwnFiles): void => void mounts.set(resolve(path), { own });
export const unmount = (path: string): void => void mounts.delete(resolve(path));

interface MountedPath {
  readonly mount: Mount;
  /** The path of the mount, and what follows it. */
  readonly root: string;
  readonly below: string;
}

function placeOf(path: string): MountedPath | undefined {
  const whole = resolve(path);
  for (let root = whole; ; root = dirname(root)) {
    const mount = mounts.get(root);
    if (mount) return { mount, root, below: whole.slice(root.length).replace(/^\//, '') };
    if (root === dirname(root)) return undefined;
  }
}

/** Whether a mount is at the path or below it. */
const isAbove = (path: string): boolean => {
  const whole = resolve(path);
  const start = whole === '/' ? '/' : `${whole}/`;
  return [...mounts.keys()].some((root) => root === whole || root.startsWith(start));
};

/** The thing at a path; undefined where nothing is. */
export function find(path: string): Found | undefined {
  const place = placeOf(path);
  if (!place || place.below === '') return isAbove(path) ? { kind: 'folder' } : undefined;
  const { mount, below } = place;
  if ('own' in mount) {
    const bytes = mount.own.get(below);
    if (bytes) return { kind: 'own', bytes };
    return [...mount.own.keys()].some((p) => p.startsWith(`${below}/`)) ? { kind: 'folder' } : undefined;
  }
  const content = mount.store.names.get(below);
  if (content === undefined) return undefined;
  return content === null ? { kind: 'folder' } : { kind: 'stored', store: mount.store, content };
}

/** The names in a folder. */
export function namesIn(path: string): string[] {
  const whole = resolve(path);
  const found = find(whole);
  if (found?.kind !== 'folder') throw new SystemError(found ? 'ENOTDIR' : 'ENOENT', 'scandir', whole);
  const start = whole === '/' ? '/' : `${whole}/`;
  const all = [...mounts].flatMap(([root, mount]) => [
    root,
    ...[...('own' in mount ? mount.own : mount.store.names).keys()].map((below) => `${root}/${below}`),
  ]);
  const below = all.filter((p) => p.startsWith(start)).map((p) => p.slice(start.length).split('/')[0]!);
  return [...new Set(below)].sort();
}

/** The store that a path is written in. */
export function storeAt(path: string, call: string): { readonly store: Store; readonly below: string } {
  const place = placeOf(path);
  if (!place) throw new SystemError('ENOENT', call, path);
  if ('own' in place.mount) throw new SystemError('EROFS', call, path);
  if (place.below === '') throw new SystemError('EBUSY', call, path);
  return { store: place.mount.store, below: place.below };
}

/** Throws unless the folder of a path is there. */
export function checkParent(path: string, call: string): void {
  const parent = find(dirname(resolve(path)));
  if (parent?.kind !== 'folder') throw new SystemError(parent ? 'ENOTDIR' : 'ENOENT', call, path);
}

/** Makes a new file at a path, in the place of one that is there. */
export async function makeFile(path: string, call: string): Promise<void> {
  const { store, below } = storeAt(path, call);
  checkParent(path, call);
  try {
    store.change({ set: below, to: await store.make() });
  } catch (error) {
    throw systemError(error, call, path);
  }
}

export function makeFolder(path: string): void {
  if (find(path)) throw new SystemError('EEXIST', 'mkdir', path);
  const { store, below } = storeAt(path, 'mkdir');
  checkParent(path, 'mkdir');
  guarded('mkdir', path, () => store.change({ set: below, to: null }));
}

/** Removes what is at a path, with all below it. */
export function remove(path: string, call: string): void {
  const { store, below } = storeAt(path, call);
  guarded(call, path, () => store.change({ remove: below }));
}

/** Renames a file, or a folder with all below it: another file, or an empty folder, at the new path is replaced. */
export function move(from: string, to: string): void {
  const source = storeAt(from, 'rename');
  const target = storeAt(to, 'rename');
  if (source.store !== target.store) throw new SystemError('EXDEV', 'rename', from);
  const [is, was] = [find(from), find(to)];
  if (!is) throw new SystemError('ENOENT', 'rename', from);
  checkParent(to, 'rename');
  if (is.kind === 'folder' && target.below.startsWith(`${source.below}/`))
    throw new SystemError('EINVAL', 'rename', from);
  if (was && is.kind !== 'folder' && was.kind === 'folder') throw new SystemError('EISDIR', 'rename', to);
  if (was && is.kind === 'folder' && was.kind !== 'folder') throw new SystemError('ENOTDIR', 'rename', to);
  if (was?.kind === 'folder' && source.below !== target.below && namesIn(to).length > 0)
    throw new SystemError('ENOTEMPTY', 'rename', to);
  guarded('rename', from, () => source.store.change({ move: source.below, to: target.below }));
}

/** Waits until what was removed in the store of a path has given its room back. */
export async function settled(path: string): Promise<void> {
  const mount = placeOf(path)?.mount;
  if (mount && 'store' in mount) await mount.store.settled();
}

function guarded(call: string, path: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    throw systemError(error, call, path);
  }
}
