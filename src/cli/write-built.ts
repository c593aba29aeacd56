/** Writes built files: all of them or none, replacing only files that an earlier build wrote. */
import { join } from 'node:path';
import { limits } from '../../compiler/limits.ts';
import { readRegular } from '../formats/read-regular.ts';
import { isBuilt } from '../targets/built.ts';
import type { Io } from './io.ts';
import { checkPlaces, type Read } from './places.ts';
import { UsageError } from './usage-error.ts';
import { writeInto } from './write-into.ts';

/**
 * Writes the texts by their paths in a folder, and makes the folders that are missing. Throws UsageError for a path that
 * cannot be written, that the command reads, or that no build wrote.
 */
export async function writeBuilt(
  folder: string,
  texts: Readonly<Record<string, string>>,
  reads: readonly Read[],
  io: Io,
): Promise<string[]> {
  checkPlaces(
    reads,
    Object.keys(texts).map((name) => ({
      option: 'the file',
      what: 'the --output',
      path: join(folder, name),
      as: 'file',
      instead: 'name another folder with -o',
    })),
  );
  return writeInto(folder, texts, refuseForeign, io);
}

function refuseForeign(at: string, path: string): void {
  if (!isBuilt(readRegular(at, limits.jsonBytes).toString('utf8')))
    throw new UsageError(`'${path}' was not written by oftc build: move it away, or name another folder`);
}
