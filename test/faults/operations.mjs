/**
 * Replaces the functions of node:fs that change a disk, so that a test acts at the n-th of them. It is JavaScript, because
 * a process that is started is given it before its program.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** The functions that take a path first, by what they do to the disk. */
const BY_PATH = {
  write: ['writeFile', 'appendFile', 'copyFile', 'truncate'],
  mkdir: ['mkdir'],
  rename: ['rename', 'link', 'symlink'],
  remove: ['rm', 'rmdir', 'unlink'],
};
/** The methods of an open file. */
const BY_HANDLE = {
  write: ['write', 'writev', 'writeFile', 'appendFile', 'truncate'],
  sync: ['sync', 'datasync'],
};

const writes = (flags) =>
  typeof flags === 'number'
    ? (flags & (fs.constants.O_WRONLY | fs.constants.O_RDWR)) !== 0
    : /[aw+]/.test(flags ?? 'r');

/** The first half of what is written. */
function halved(data) {
  if (typeof data === 'string') return data.slice(0, data.length >> 1);
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return bytes.subarray(0, bytes.length >> 1);
}

/** Thrown by `before` to let the first half of a write reach the disk, and to fail then. */
export class HalfWritten extends Error {
  constructor(error) {
    super(error.message);
    this.error = error;
  }
}

/** Replaces functions of objects, and takes the replacements back. */
class Replacements {
  #undo = [];

  put(object, name, replacement) {
    const own = Object.getOwnPropertyDescriptor(object, name);
    this.#undo.push(() => Object.defineProperty(object, name, own));
    Object.defineProperty(object, name, { ...own, value: replacement });
  }

  takeBack() {
    for (const back of this.#undo.reverse()) back();
  }
}

/** Replaces the synchronous functions. Those that they call themselves count as a part of them. */
function watchSync(put, before) {
  let inside = 0;
  const watch = (name, kind) => {
    const original = fs[name];
    put(fs, name, (path, ...rest) => {
      if (typeof path === 'number' || inside > 0) return original(path, ...rest);
      try {
        before(name, kind, String(kind === 'rename' ? rest[0] : path));
      } catch (error) {
        if (error instanceof HalfWritten) {
          if (name === 'writeFileSync' || name === 'appendFileSync') original(path, halved(rest[0]), rest[1]);
          throw error.error;
        }
        throw error;
      }
      inside++;
      try {
        return original(path, ...rest);
      } finally {
        inside--;
      }
    });
  };
  for (const [kind, names] of Object.entries(BY_PATH)) for (const name of names) watch(`${name}Sync`, kind);
  const openSync = fs.openSync;
  put(fs, 'openSync', (path, flags, ...rest) => {
    if (inside === 0 && writes(flags)) before('openSync', 'open', String(path));
    return openSync(path, flags, ...rest);
  });
}

/** Replaces the functions of fs.promises that take a path. */
function watchPaths(put, before) {
  const watch = (name, kind) => {
    const original = fs.promises[name];
    put(fs.promises, name, async (path, ...rest) => {
      try {
        before(name, kind, String(kind === 'rename' ? rest[0] : path));
      } catch (error) {
        if (error instanceof HalfWritten) {
          if (name === 'writeFile' || name === 'appendFile') await original(path, halved(rest[0]), rest[1]);
          throw error.error;
        }
        throw error;
      }
      return original(path, ...rest);
    });
  };
  for (const [kind, names] of Object.entries(BY_PATH)) for (const name of names) watch(name, kind);
}

/** Replaces fs.promises.open, and the methods of files that it opened to write. */
async function watchHandles(put, before) {
  const open = fs.promises.open;
  const paths = new WeakMap();
  const probe = await open('/dev/null');
  const prototype = Object.getPrototypeOf(probe);
  await probe.close();
  put(fs.promises, 'open', async (path, flags, ...rest) => {
    if (!writes(flags)) return open(path, flags, ...rest);
    try {
      before('open', 'open', String(path));
    } catch (error) {
      throw error instanceof HalfWritten ? error.error : error;
    }
    const handle = await open(path, flags, ...rest);
    paths.set(handle, String(path));
    return handle;
  });
  const watch = (name, kind) => {
    const original = prototype[name];
    put(prototype, name, async function (...args) {
      const path = paths.get(this);
      if (path === undefined) return original.apply(this, args);
      try {
        before(`handle.${name}`, kind, path);
      } catch (error) {
        if (error instanceof HalfWritten) {
          if (name === 'writeFile' || name === 'appendFile') await original.call(this, halved(args[0]));
          throw error.error;
        }
        throw error;
      }
      return original.apply(this, args);
    });
  };
  for (const [kind, names] of Object.entries(BY_HANDLE)) for (const name of names) watch(name, kind);
}

/**
 * Calls `before` with the name, the kind and the path of each operation, before it is done. What it throws is thrown in
 * its place. Returns a function that takes the replacements back.
 */
export async function watchOperations(before) {
  const replacements = new Replacements();
  const put = replacements.put.bind(replacements);
  watchSync(put, before);
  watchPaths(put, before);
  await watchHandles(put, before);
  syncBuiltinESMExports();
  return () => {
    replacements.takeBack();
    syncBuiltinESMExports();
  };
}
