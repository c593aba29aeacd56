/** Keeps compiled Plans in a folder that processes share. */
import { createHash } from 'node:crypto';
import { type Dirent, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { limits } from '../../compiler/limits.ts';
import { makeFolders } from '../formats/make-folders.ts';
import { readRegular } from '../formats/read-regular.ts';
import { writeWhole } from '../formats/write-whole.ts';
import { ownCacheFolder } from './cache-folder.ts';
import type { PlanStore } from './store.ts';

const ENDING = '.plan';

export interface PlanFolderOptions {
  /** The folder, which is made when a Plan is saved. Default: `plans` in the cache folder of the system's user. */
  readonly folder?: string;
  /** The largest number of bytes that the folder keeps. Beyond it, the entries that were written first go. */
  readonly most?: number;
  /** Called where a Plan cannot be saved, once. Default: nothing happens, and later processes compile it again. */
  readonly onProblem?: (why: string) => void;
}

/**
 * A store in a folder. An entry is found by its key and by the code of this package, so that another version never reads
 * it. It begins with a digest of its content: an entry that is damaged is compiled again, and replaced.
 */
export function planFolder({ folder, most = 2 ** 28, onProblem }: PlanFolderOptions = {}): PlanStore {
  const into = folder ?? join(ownCacheFolder(), 'plans');
  let code: string | undefined;
  let isBroken = false;
  const pathOf = (key: string): string => {
    code ??= codeDigest();
    return join(into, digestOf(`${code}\n${key}`) + ENDING);
  };
  return {
    read(key) {
      try {
        const [digest, text] = split(readRegular(pathOf(key), limits.jsonBytes).toString('utf8'));
        return digestOf(text) === digest ? text : undefined;
      } catch (error) {
        if (error instanceof Error && 'code' in error) return undefined;
        throw error;
      }
    },
    async write(key, text) {
      if (isBroken) return;
      const whole = `${digestOf(text)}\n${text}`;
      try {
        makeFolders(into, 0o700);
        makeRoom(into, most - Buffer.byteLength(whole));
        await writeWhole(pathOf(key), whole);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error)) throw error;
        if (!isBroken) onProblem?.(error.message);
        isBroken = true;
      }
    },
  };
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

function split(whole: string): [first: string, rest: string] {
  const end = whole.indexOf('\n');
  return [whole.slice(0, end), whole.slice(end + 1)];
}

/** The age, in milliseconds, of a file that a killed process left half-written. */
const OLD = 3_600_000;

/**
 * Removes the entries that were written first, until at most `most` bytes are left, and what killed processes left. Other
 * processes may do the same.
 */
function makeRoom(folder: string, most: number): void {
  const found = readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat ? [{ path, size: stat.size, time: stat.mtimeMs }] : [];
  });
  for (const { path, time } of found)
    if (!path.endsWith(ENDING) && time < Date.now() - OLD) rmSync(path, { force: true });
  const entries = found.filter((e) => e.path.endsWith(ENDING)).sort((a, b) => a.time - b.time);
  let all = entries.reduce((sum, e) => sum + e.size, 0);
  for (const { path, size } of entries) {
    if (all <= most) return;
    rmSync(path, { force: true });
    all -= size;
  }
}

/** The folders of code that a Plan, or a module with one, depends on. */
const FOLDERS = ['compiler', 'kernels-gen', 'runtime', 'src/language', 'src/session', 'src/targets'];

/** A digest of the names, sizes and times of this package's files: any change of the code makes other Plans. */
function codeDigest(): string {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true }).flatMap((entry: Dirent) => {
      if (!entry.isFile()) return [];
      const path = join(entry.parentPath, entry.name);
      const { size, mtimeMs } = statSync(path);
      return [`${path} ${size} ${mtimeMs}`];
    }),
  );
  return digestOf(files.sort().join('\n'));
}
