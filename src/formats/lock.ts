/**
 * Locks on files and folders that are written. The operating system holds a lock for a process and releases it when the
 * process ends, however it ends: there is nothing that a killed process leaves locked.
 */
import { constants, rmdirSync, rmSync } from 'node:fs';
import { type FileHandle, mkdir, open, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OftcError } from '../../compiler/errors/error.ts';
import { io } from './safetensors/io.ts';
import { undoAtEnd } from './undo.ts';

/** The name of the lock's file within a folder that is locked. */
export const LOCK = '.oftc.lock';

/** The lock's file of a folder that others are written into. */
export const lockWithin = (folder: string): string => join(folder, LOCK);
/** The lock's file of something that is replaced as a whole. */
export const lockBeside = (path: string): string =>
  join(dirname(resolve(path)), `.${basename(resolve(path))}${LOCK}`);

/** The locked byte lies beyond the text of the file, which others read while it is locked: Windows refuses to read locked bytes. */
const LOCKED_BYTE = 2 ** 30;

/** A link is not followed. Windows has no O_NOFOLLOW. */
const FLAGS = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0);

/** How often in a row a folder may be gone again when it was made. */
const MISSES = 1000;

/** How often, and how long, a holder is waited for to write who it is. */
const [LOOKS, BETWEEN] = [20, 25];

/** The codes of errors that say that there are no locks: of some file systems, and of platforms that the library does not support. */
const WITHOUT = new Set([
  ...['ENOSYS', 'ENOLCK', 'ENOTSUP', 'EOPNOTSUPP'],
  ...['ADDON_NOT_FOUND', 'CANNOT_LOAD', 'ERR_DLOPEN_FAILED'],
]);

export interface LockOptions {
  /** Is told where the system has no locks; the work then goes on without. */
  readonly warn: (line: string) => void;
  /** Waits for a lock that another process has instead of refusing. */
  readonly wait?: boolean;
}

/**
 * Does the work while this process alone has the lock in the file `at`, on what messages call `target`. Folders that are
 * missing are made, and removed again where they stay empty, unless another process asks for the lock at that moment.
 * Throws OFT6012 where another process has the lock.
 */
export async function locked<T>(
  at: string,
  target: string,
  options: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const release = await acquire(resolve(at), target, options);
  try {
    return await work();
  } finally {
    await release();
  }
}

async function acquire(at: string, target: string, options: LockOptions): Promise<() => Promise<void>> {
  const problem = 'cannot lock it';
  let made: string | undefined;
  for (let missing = 0; ; ) {
    // A process that ends at this moment removes the folder; a place that cannot be made stays missing.
    const handle = await io(target, problem, async () => {
      try {
        const first = await mkdir(dirname(at), { recursive: true });
        made ??= first;
        return await open(at, FLAGS);
      } catch (error) {
        if (codeOf(error) === 'ENOENT' && ++missing < MISSES) return undefined;
        throw error;
      }
    });
    if (handle === undefined) continue;
    missing = 0;
    try {
      if (!(await taken(handle, at, target, options))) {
        await handle.close();
        continue;
      }
    } catch (error) {
      await handle.close();
      throw error;
    }
    const undone = undoAtEnd(() => remove(at, made));
    const release = async () => {
      undone();
      remove(at, made);
      await handle.close();
    };
    try {
      const holder = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
      await io(target, problem, async () => {
        await handle.truncate(0);
        await handle.write(`${JSON.stringify(holder)}\n`, 0);
      });
      return release;
    } catch (error) {
      await release();
      throw error;
    }
  }
}

/** Returns false where the file was removed before it was locked: the lock is then to be asked for again. */
async function taken(
  handle: FileHandle,
  at: string,
  target: string,
  { warn, wait = false }: LockOptions,
): Promise<boolean> {
  try {
    const { tryLock, waitForLock } = await import('fs-native-extensions');
    if (wait) await waitForLock(handle.fd, LOCKED_BYTE, 1);
    else if (!tryLock(handle.fd, LOCKED_BYTE, 1)) throw await inUse(handle, target);
  } catch (error) {
    if (error instanceof OftcError) throw error;
    const code = codeOf(error);
    if (code === undefined || !WITHOUT.has(code)) throw error;
    warn(`no lock can be had on ${target} (${code}): see that no other process writes there`);
  }
  const [own, there] = await Promise.all([handle.stat(), stat(at).catch(() => undefined)]);
  return there !== undefined && there.ino === own.ino && there.dev === own.dev;
}

async function inUse(handle: FileHandle, target: string): Promise<OftcError> {
  let text = '';
  for (let look = 0; look < LOOKS && !text.endsWith('\n'); look++) {
    if (look > 0) await sleep(BETWEEN);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(1024), 0, 1024, 0);
    text = buffer.toString('utf8', 0, bytesRead);
  }
  const { who, end } = described(text);
  return new OftcError(
    'OFT6012',
    `${target} is being written by ${who}: wait until it ends, ${end}, or name another place`,
  );
}

/** Who holds a lock, by the text that the holder wrote, and how to end it. */
function described(text: string): { readonly who: string; readonly end: string } {
  try {
    const holder: unknown = JSON.parse(text);
    if (
      typeof holder === 'object' &&
      holder !== null &&
      'pid' in holder &&
      'host' in holder &&
      'since' in holder
    ) {
      const here = holder.host === hostname();
      return {
        who: `process ${holder.pid}${here ? '' : ` on ${holder.host}`}, since ${holder.since}`,
        end: here ? `end it (kill ${holder.pid})` : 'end it there',
      };
    }
  } catch {
    // A holder that was stopped before it had written who it is.
  }
  return { who: 'another process', end: 'end it' };
}

/** Removes the lock's file, and from its folder upwards to `made`, the first one that was made, what is empty. */
function remove(at: string, made: string | undefined): void {
  rmSync(at, { force: true });
  if (made === undefined) return;
  for (let folder = dirname(at); ; folder = dirname(folder)) {
    try {
      rmdirSync(folder);
    } catch {
      return; // it is in use
    }
    if (resolve(folder) === resolve(made)) return;
  }
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
