/** Writes built files: all of them or none, replacing only files that an earlier build wrote. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { limits } from '../../compiler/limits.ts';
import { readRegular } from '../formats/read-regular.ts';
import { isBuilt } from '../targets/built.ts';
import { checkPlaces, type Read, statOf } from './places.ts';
import { UsageError } from './usage-error.ts';

/**
 * Writes the texts by their paths in a folder, and makes the folders that are missing. Every text is on the disk
 * before the first takes its place. Throws UsageError for a path that cannot be written, that the command reads, or
 * that no build wrote.
 */
export function writeBuilt(
  folder: string,
  texts: Readonly<Record<string, string>>,
  reads: readonly Read[],
): string[] {
  const files = Object.entries(texts).map(([name, text]) => ({
    path: join(folder, name),
    temporary: join(folder, `.oftc-${randomUUID()}.tmp`),
    aside: join(folder, `.oftc-${randomUUID()}.tmp`),
    text,
  }));
  checkPlaces(
    reads,
    files.map(({ path }) => ({
      option: 'the file',
      what: 'the --output',
      path,
      as: 'file',
      instead: 'name another folder with -o',
    })),
  );
  try {
    for (const { path } of files) mkdirSync(dirname(path), { recursive: true });
    for (const { path } of files) refuseForeign(path);
    for (const { temporary, text } of files) writeFileSync(temporary, text, { flag: 'wx', flush: true });
    replaceAll(files);
  } catch (error) {
    for (const { temporary } of files) if (isThere(temporary)) rmSync(temporary);
    throw isSystemError(error) ? new UsageError(`cannot write to '${folder}': ${error.message}`) : error;
  }
  return files.map((f) => f.path);
}

interface Replaced {
  readonly path: string;
  readonly temporary: string;
  readonly aside: string;
}

/** Puts the temporary files in their places. Where one cannot be put there, what was there before comes back. */
function replaceAll(files: readonly Replaced[]): void {
  const begun: Replaced[] = [];
  try {
    for (const file of files) {
      begun.push(file);
      if (isThere(file.path)) renameSync(file.path, file.aside);
      renameSync(file.temporary, file.path);
    }
  } catch (error) {
    for (const { path, temporary, aside } of begun.reverse()) {
      if (!isThere(temporary)) rmSync(path, { force: true });
      if (isThere(aside)) renameSync(aside, path);
    }
    throw error;
  }
  for (const { aside } of files) rmSync(aside, { force: true });
}

const isThere = (path: string): boolean => statOf(path, statSync) !== undefined;

function refuseForeign(path: string): void {
  let text: string;
  try {
    text = readRegular(path, limits.jsonBytes).toString('utf8');
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return;
    throw error;
  }
  if (!isBuilt(text))
    throw new UsageError(`'${path}' was not written by oftc build: move it away, or name another folder`);
}

const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'syscall' in error;
