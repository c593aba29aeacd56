/** Reads a file whole, if it is a regular file within a size limit. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { aboveLimit, type Limit } from '../../compiler/limits.ts';

/** The error for a pipe, a socket, a device or a folder instead of a file, or a file above the limit. */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile';
  readonly code = 'UNREADABLE';
}

/** Reads a file without waiting for a pipe's writer. Throws UnreadableFile, and the system's errors. */
export function readRegular(path: string, limit: Limit): Buffer {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new UnreadableFile('it is no regular file');
    if (stat.size > limit.most) throw new UnreadableFile(aboveLimit(stat.size, limit));
    const bytes = Buffer.alloc(stat.size);
    let done = 0;
    while (done < bytes.length) {
      const read = readSync(file, bytes, done, bytes.length - done, done);
      if (read === 0) break;
      done += read;
    }
    return bytes.subarray(0, done);
  } finally {
    closeSync(file);
  }
}
