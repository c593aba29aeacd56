/** Tuning tables from files, and where a user's own lies. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { limits } from '../../compiler/limits.ts';
import { readRegular } from '../formats/read-regular.ts';
import { EMPTY, parseTuning, TuningError, type TuningTable } from './table.ts';

/** Where the system keeps what can be made again. */
export function cacheFolder(
  platform: string,
  env: Readonly<Record<string, string | undefined>>,
  home: string,
): string {
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'oftc', 'Cache');
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'oftc');
  // The XDG specification has relative paths ignored.
  const given = env.XDG_CACHE_HOME?.startsWith('/') ? env.XDG_CACHE_HOME : undefined;
  return join(given ?? join(home, '.cache'), 'oftc');
}

export const defaultTable = (): string =>
  join(cacheFolder(process.platform, process.env, homedir()), 'tuning.json');

/** Throws TuningError for a damaged file, one that cannot be read or, if it must exist, does not. */
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
