/** In the place of src/formats/lock.ts: the browser's own locks, which it releases when a tab ends in any way. */
import { basename, dirname, join, resolve } from 'pathe';
import { OftcError } from '../../../compiler/errors/error.ts';
import { browser } from './browser.ts';

/** The name that a lock's file has where locks are files. */
export const LOCK = '.oftc.lock';

export const lockWithin = (folder: string): string => join(folder, LOCK);
export const lockBeside = (path: string): string =>
  join(dirname(resolve(path)), `.${basename(resolve(path))}${LOCK}`);

export interface LockOptions {
  readonly warn: (line: string) => void;
  /** Whether to wait for a lock that another tab holds, instead of refusing. */
  readonly wait?: boolean;
}

/** Does the work while this tab alone holds the lock; messages name `target`. Throws OFT6012 if another tab holds it. */
export const locked = <T>(
  at: string,
  target: string,
  { wait = false }: LockOptions,
  work: (isHeld: boolean) => Promise<T>,
): Promise<T> =>
  browser.navigator.locks.request(`oftc ${resolve(at)}`, { ifAvailable: !wait }, async (lock) => {
    if (lock) return await work(true);
    throw new OftcError(
      'OFT6012',
      `${target} is open in another tab: go on with it there, or close that tab and try again`,
    );
  });
