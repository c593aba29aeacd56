/** Makes a folder with those above it. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { errorCode } from './error-code.ts';

/**
 * Makes a folder, and those above it that are missing. Returns the first that it made; undefined if the folder is there.
 * Node's own `recursive` never returns where a folder that is there refuses new ones with ENOENT, as /proc does.
 */
export function makeFolders(folder: string, mode?: number): string | undefined {
  const path = resolve(folder);
  const make = () => {
    try {
      mkdirSync(path, { mode });
      return path;
    } catch (error) {
      if (errorCode(error) === 'EEXIST' && statSync(path).isDirectory()) return undefined;
      throw error;
    }
  };
  try {
    return make();
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    const first = makeFolders(dirname(path), mode);
    const made = make();
    return first ?? made;
  }
}
