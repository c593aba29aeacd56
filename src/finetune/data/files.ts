/** Finds the files that hold the data of a run: those that are named, and those in a named folder, by name. */
import { readdir, realpath, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { OftcError } from '../../../compiler/errors/error.ts';
import { listed } from '../../formats/error.ts';
import { io } from '../../formats/safetensors/io.ts';

/** The files that are read in a folder. A file that is named itself is read as a text where it has another ending. */
const ENDINGS = ['.txt', '.jsonl', '.safetensors'] as const;

/** The ending of a file's name in small letters: `.jsonl` of chats.JSONL. */
export const endingOf = (path: string): string => extname(path).toLowerCase();

export interface DataFiles {
  /** The paths in the order of their names. */
  readonly files: readonly string[];
  /** Notes on what a folder holds that is not read. */
  readonly notes: readonly string[];
}

const refused = (what: string): OftcError => new OftcError('OFT6004', what);

/**
 * Lists the files of `paths`, sorted by path, so that neither the order of options nor that of a folder's entries
 * matters. A folder below a folder is not read. Throws OFT6004 for a folder without data, for a file that is named
 * twice and for a .json file.
 */
export async function dataFiles(paths: readonly string[]): Promise<DataFiles> {
  const found = await Promise.all(paths.map(filesOf));
  const files = found.flatMap((f) => f.files).sort((a, b) => (a < b ? -1 : Number(a > b)));
  const real = await Promise.all(files.map((file) => realpath(file).catch(() => file)));
  const twice = files.find((_, n) => real.indexOf(real[n]!) < n);
  if (twice !== undefined) throw refused(`${twice} is named twice: name each file once`);
  return { files, notes: found.flatMap((f) => f.notes) };
}

async function filesOf(path: string): Promise<DataFiles> {
  const there = await stat(path).catch(() => undefined);
  // A missing file is refused where it is read.
  if (!there?.isDirectory()) {
    if (there && endingOf(path) === '.json')
      throw refused(
        `${path} is a .json file, which is not read as data: rename it to .jsonl if each line is one object, or to .txt to train on it as a text`,
      );
    return { files: [path], notes: [] };
  }
  const entries = await io(path, 'cannot list it', readdir(path, { withFileTypes: true }));
  const isData = (name: string): boolean => (ENDINGS as readonly string[]).includes(endingOf(name));
  const kept = entries.filter((entry) => !entry.isDirectory() && isData(entry.name)).map(({ name }) => name);
  if (kept.length === 0)
    throw refused(`${path} is a folder without data: a folder's ${ENDINGS.join(', ')} files are read`);
  const others = entries.map(({ name }) => name).filter((name) => !kept.includes(name));
  return {
    files: kept.map((name) => join(path, name)),
    notes:
      others.length === 0
        ? []
        : [`of ${path}, ${listed(others.sort())} ${others.length === 1 ? 'is' : 'are'} not read`],
  };
}
