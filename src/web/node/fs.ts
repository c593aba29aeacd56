/** The functions of node:fs that runs in a browser call. They look names up in memory, and change them by a journal. */
import { SystemError } from './errors.ts';
import { removeAt } from './fs-promises.ts';
import { find, makeFolder, move } from './mounts.ts';

export const constants = { O_RDONLY: 0, O_NONBLOCK: 0 } as const;

export const existsSync = (path: string): boolean => find(path) !== undefined;
export const renameSync = (from: string, to: string): void => move(from, to);
export const rmSync = removeAt;
export const mkdirSync = makeFolder;

export function statSync(path: string): { isDirectory(): boolean } {
  const found = find(path);
  if (!found) throw new SystemError('ENOENT', 'stat', path);
  return { isDirectory: () => found.kind === 'folder' };
}

/** Refuses: a browser reads no file at once, and the only caller reads the source of authors' layers. */
export function readFileSync(path: string): never {
  throw new Error(`a tab reads no file at once: ${path}`);
}
