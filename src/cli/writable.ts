import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { errorCode } from '../formats/error-code.ts';
import { UsageError } from './usage-error.ts';

/**
 * Checks, before work that takes minutes, that the nearest existing folder takes new files. Throws UsageError if not.
 */
export async function checkWritable(folder: string, option = '--out'): Promise<void> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    try {
      return await access(at, constants.W_OK | constants.X_OK);
    } catch (error) {
      const code = errorCode(error);
      const missing = code === 'ENOENT' || code === 'ENOTDIR';
      if (!missing || at === dirname(at))
        throw new UsageError(
          `${option} ${folder}: ${at} cannot be written to: name another place, or get the permission`,
        );
    }
  }
}
