/** Reads tuning tables from files. */
import { limits } from '../../compiler/limits.ts';
import { readRegular } from '../formats/read-regular.ts';
import { EMPTY, parseTuning, TuningError, type TuningTable } from './table.ts';

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
