/** Reads tuning tables from files, and finds the user's own. */
import { join } from 'node:path';
import { limits } from '../../compiler/limits.ts';
import { readRegular } from '../formats/read-regular.ts';
import { ownCacheFolder } from '../plans/cache-folder.ts';
import { EMPTY, parseTuning, TuningError, type TuningTable } from './table.ts';

export const defaultTable = (): string => join(ownCacheFolder(), 'tuning.json');

/** Reads a table. Throws TuningError for a damaged or unreadable file, or a missing one if it must exist. */
export function readTuning(path: string, mustExist = true): TuningTable {
  let json: string;
  try {
    json = readRegular(path, limits.jsonBytes).toString('utf8');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    if (error.code === 'ENOENT' && !mustExist) return EMPTY;
    const why = error.code === 'ENOENT' ? 'there is none' : error.message;
    throw new TuningError(
      'NoTuning',
      `the tuning table '${path}' cannot be read: ${why}; make one with oftc tune, or name another`,
      path,
    );
  }
  return parseTuning(json, path);
}
