/** The tuning table of a user: a file that is whole at any moment, whatever interrupts its writer. */
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { replaceFile } from '../cli/replace-file.ts';
import { UsageError } from '../cli/usage.ts';
import { EMPTY, merge, parseTuning, printTuning, type TuningEntry, type TuningTable } from './table.ts';

/** Where the system keeps what can be made again. */
export function cacheFolder(platform: NodeJS.Platform, env: NodeJS.ProcessEnv, home: string): string {
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'oftc', 'Cache');
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'oftc');
  // The XDG specification has relative paths ignored.
  const given = env.XDG_CACHE_HOME?.startsWith('/') ? env.XDG_CACHE_HOME : undefined;
  return join(given ?? join(home, '.cache'), 'oftc');
}

export const defaultTable = (): string =>
  join(cacheFolder(process.platform, process.env, homedir()), 'tuning.json');

/** Throws TuningError for a damaged file; UsageError where it cannot be read, or `mustExist` and it does not. */
export function readTuning(path: string, mustExist = true): TuningTable {
  let json: string;
  try {
    json = readFileSync(path, 'utf8');
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    if ('code' in error && error.code === 'ENOENT') {
      if (!mustExist) return EMPTY;
      throw new UsageError(`there is no tuning table '${path}': make one with oftc tune`);
    }
    throw new UsageError(`cannot read '${path}': ${error.message}`);
  }
  return parseTuning(json, path);
}

/** A table on the disk, to which each decision is written as it is made. */
export class TuningFile {
  readonly path: string;
  #table: TuningTable;

  private constructor(path: string, table: TuningTable) {
    this.path = path;
    this.#table = table;
  }

  static open(path: string): TuningFile {
    return new TuningFile(path, readTuning(path, false));
  }

  get table(): TuningTable {
    return this.#table;
  }

  /** Adds to what the file then holds: another process may have written, too. */
  async add(entries: readonly TuningEntry[]): Promise<void> {
    this.#table = merge(readTuning(this.path, false), { entries });
    await mkdir(dirname(this.path), { recursive: true });
    await replaceFile(this.path, printTuning(this.#table));
  }
}
