/** The files that this process holds open. */
import { existsSync, readdirSync, readlinkSync } from 'node:fs';

const OPEN = '/proc/self/fd';

/** Whether the system tells which files are open, as Linux does. */
export const tellsOpenFiles = existsSync(OPEN);

/** The open files whose paths start so; none where the system does not tell. */
export function openFilesOf(start: string): string[] {
  if (!tellsOpenFiles) return [];
  return readdirSync(OPEN).flatMap((fd) => {
    try {
      const path = readlinkSync(`${OPEN}/${fd}`);
      return path.startsWith(start) ? [path] : [];
    } catch {
      return []; // The listing's own descriptor is closed by now.
    }
  });
}
