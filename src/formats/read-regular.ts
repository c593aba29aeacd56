/** One way to read a file whole: regular files alone, and none of an absurd size. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { aboveLimit, type Limit } from '../../compiler/limits.ts';

/** A pipe, a socket, a device or a folder where a file is meant, or a file above the limit. */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile';
  readonly code = 'UNREADABLE';
}

/** Throws UnreadableFile, and the system's errors. It waits for no one who might write into a pipe. */
export function readRegular(path: string, limit: Limit): Buffer {
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new UnreadableFile('it is no regular file');
    if (stat.size > limit.most) throw new UnreadableFile(aboveLimit(stat.size, limit));
    const bytes = Buffer.alloc(stat.size);
    let done = 0;
    for (let read = -1; done < bytes.length && read !== 0; done += read)
      read = readSync(file, bytes, done, bytes.length - done, done);
    return bytes.subarray(0, done);
  } finally {
    closeSync(file);
  }
}
