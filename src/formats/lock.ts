/**
 * Locks files and folders that are being written. The operating system holds the lock for a process and releases it
 * when the process ends in any way, so a killed process leaves nothing locked.
 */
import { closeSync, constants, openSync, rmSync } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { OftcError } from '../../compiler/errors/error.ts';
import { removeEmpty } from './empty-folders.ts';
import { errorCode } from './error-code.ts';
import { makeFolders } from './make-folders.ts';
import { io } from './safetensors/io.ts';
import { hiddenName } from './temporary.ts';
import { appears, undoAtEnd } from './undo.ts';

/** The name of the lock's file in a locked folder. */
export const LOCK = '.oftc.lock';

/** The path of the lock's file for a folder that files are written into. */
export const lockWithin = (folder: string): string => join(folder, LOCK);
/** The path of the lock's file for a file or folder that is replaced as a whole. */
export const lockBeside = (path: string): string =>
  join(dirname(resolve(path)), `${hiddenName(path)}${LOCK}`);

/** The offset and length of the locked byte, beyond the text that others read: Windows refuses to read locked bytes. */
const LOCKED_BYTE = [2 ** 30, 1] as const;

/** The flags that open a lock's file without following a link. O_NOFOLLOW is undefined on Windows: `|` takes it as 0. */
const FLAGS = constants.O_RDWR | constants.O_NOFOLLOW;

/** The number of times in a row that the folder may disappear after it was made. */
const MISSES = 1000;

/** The number of attempts to read who holds the lock, and the milliseconds between them. */
const [LOOKS, BETWEEN] = [20, 25];

/** The error codes for missing locks: of some file systems, and of platforms that the library does not support. */
const WITHOUT = new Set<string | undefined>([
  ...['ENOSYS', 'ENOLCK', 'ENOTSUP', 'EOPNOTSUPP'],
  ...['ADDON_NOT_FOUND', 'CANNOT_LOAD', 'ERR_DLOPEN_FAILED'],
]);

export interface LockOptions {
  /** Called if the system has no locks; the work then goes on without one. */
  readonly warn: (line: string) => void;
  /** Whether to wait for a lock that another process holds, instead of refusing. */
  readonly wait?: boolean;
}

/**
 * Does the work while this process alone holds the lock in the file `at`; messages name `target`. The work is told
 * whether the lock is held: not where the system has none. Missing folders are made, and removed again if they stay
 * empty, unless another process asks for the lock at that moment. Throws OFT6012 if another process holds the lock.
 */
export async function locked<T>(
  at: string,
  target: string,
  options: LockOptions,
  work: (isHeld: boolean) => Promise<T>,
): Promise<T> {
  let isHeld = true;
  const warn = (line: string) => {
    isHeld = false;
    options.warn(line);
  };
  const release = await acquire(resolve(at), target, { ...options, warn });
  try {
    return await work(isHeld);
  } finally {
    await release();
  }
}

/** The system's locks, or the error for their absence. */
type Locks = typeof import('fs-native-extensions') | { readonly missing: unknown };

async function acquire(at: string, target: string, options: LockOptions): Promise<() => Promise<void>> {
  const problem = 'cannot lock it';
  // Loaded before the file is made: a process that ends before it holds the lock tries it.
  const locks: Locks = await import('fs-native-extensions').catch((missing: unknown) => ({ missing }));
  let made: string | undefined;
  let handle: FileHandle | undefined;
  let isOurs = false;
  const undone = undoAtEnd(() => (isOurs ? remove(at, made) : removeFree(at, made, handle, locks)));
  try {
    for (let missing = 0; ; ) {
      // A process that ends now may remove the folder: try again. A folder that cannot be made stays missing.
      handle = await io(target, problem, async () => {
        try {
          const first = makeFolders(dirname(at));
          made ??= first;
          return await open(at, FLAGS | constants.O_CREAT);
        } catch (error) {
          if (errorCode(error) === 'ENOENT' && ++missing < MISSES) return undefined;
          throw error;
        }
      });
      if (handle === undefined) continue;
      missing = 0;
      isOurs = await taken(handle, at, target, options, locks);
      if (isOurs) break;
      await handle.close();
      handle = undefined;
    }
    const own = handle!;
    const holder = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
    await io(target, problem, async () => {
      await own.truncate();
      await own.write(`${JSON.stringify(holder)}\n`, 0);
    });
    return async () => {
      // In this order: a signal that comes between leaves no file.
      remove(at, made);
      undone();
      await own.close();
    };
  } catch (error) {
    if (isOurs) remove(at, made);
    undone();
    await handle?.close();
    throw error;
  }
}

/** Locks an open file. Returns false if the file was removed before it was locked: open it again then. */
async function taken(
  handle: FileHandle,
  at: string,
  target: string,
  { warn, wait = false }: LockOptions,
  locks: Locks,
): Promise<boolean> {
  try {
    if ('missing' in locks) throw locks.missing;
    if (wait) await locks.waitForLock(handle.fd, ...LOCKED_BYTE);
    else if (!locks.tryLock(handle.fd, ...LOCKED_BYTE)) throw await inUse(handle, target);
  } catch (error) {
    const code = errorCode(error);
    if (!WITHOUT.has(code)) throw error;
    warn(`no lock can be had on ${target} (${code}): see that no other process writes there`);
  }
  const [own, there] = await Promise.all([handle.stat(), stat(at).catch(() => undefined)]);
  return there !== undefined && there.ino === own.ino && there.dev === own.dev;
}

/**
 * Removes the lock's file where this process ends before it holds the lock, unless another process holds it. A thread
 * may still make the file, so it waits a moment. Where the system has no locks, the file stays.
 */
function removeFree(
  at: string,
  made: string | undefined,
  handle: FileHandle | undefined,
  locks: Locks,
): void {
  if ('missing' in locks || !appears(at)) return;
  // This process may hold the lock already, without having seen that the file is still there.
  if (handle) closeSync(handle.fd);
  const fd = openSync(at, FLAGS);
  if (locks.tryLock(fd, ...LOCKED_BYTE)) remove(at, made);
}

async function inUse(handle: FileHandle, target: string): Promise<OftcError> {
  let text: string;
  for (let look = 1; ; look++) {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(1024), 0, 1024, 0);
    text = buffer.toString('utf8', 0, bytesRead);
    if (text.endsWith('\n') || look === LOOKS) break;
    await sleep(BETWEEN);
  }
  const { who, end } = described(text);
  return new OftcError(
    'OFT6012',
    `${target} is being written by ${who}: wait until it ends, ${end}, or name another place`,
  );
}

/** The text that the holder of a lock writes into its file. */
const HOLDER = v.object({ pid: v.number(), host: v.string(), since: v.string() });

/** The holder of a lock, from the text that it wrote, and how to end it. */
function described(text: string): { readonly who: string; readonly end: string } {
  try {
    const { pid, host, since } = v.parse(HOLDER, JSON.parse(text));
    const here = host === hostname();
    return {
      who: `process ${pid}${here ? '' : ` on ${host}`}, since ${since}`,
      end: here ? `end it (kill ${pid})` : 'end it there',
    };
  } catch {
    // The text is no holder's: the process was stopped before it had written it, or the file is another one.
    return { who: 'another process', end: 'end it' };
  }
}

/** Removes the lock's file, and its empty folders upwards to `made`, the first one that was made. */
function remove(at: string, made: string | undefined): void {
  rmSync(at, { force: true });
  if (made !== undefined) removeEmpty(dirname(at), made);
}
