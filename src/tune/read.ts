/** Reads tuning tables from files, and finds the user's own. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { limits } from '../../compiler/limits.ts';
import { readRegular } from '../formats/read-regular.ts';
import { EMPTY, parseTuning, TuningError, type TuningTable } from './table.ts';

/** The folder that the operating system has for this package's cache. */
export function cacheFolder(
  platform: string,
  env: Readonly<Record<string, string | undefined>>,
  home: string,
): string {
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'oftc', 'Cache');
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'oftc');
  // The XDG specification says to ignore relative paths.
  const given = env.XDG_CACHE_HOME?.startsWith('/') ? env.XDG_CACHE_HOME : undefined;
  return join(given ?? join(home, '.cache'), 'oftc');
}

export const defaultTable = (): string =>
  join(cacheFolder(process.platform, process.env, homedir()), 'tuning.json');

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
