/** Does work that replaces a file, under a lock that lasts only as long as this work. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { lockBeside, locked } from './lock.ts';
import { io } from './safetensors/io.ts';
import { removeLeftovers } from './temporary.ts';

/**
 * Does work that replaces the file at `path`, while no other process does. What killed processes left of earlier such work
 * is removed first. Where the system has no locks, `warn` is told, and nothing is removed: it may be another process's.
 * Throws what the work throws, and IoError.
 */
export async function alone<T>(
  path: string,
  warn: (line: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  // The lock would make the folder, which the work may refuse to do.
  if (!existsSync(dirname(path))) return work();
  return locked(lockBeside(path), path, { wait: true, warn }, async (isHeld) => {
    if (isHeld) await io(path, 'cannot remove temporary files beside it', removeLeftovers(path));
    return work();
  });
}
