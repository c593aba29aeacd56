/** Reads regular files whole. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { FormatError } from './error.ts';
import { io } from './safetensors/io.ts';

/**
 * Reads a file whole. What the path leads to is checked on the opened file: it may have become another one, such as a
 * device that never ends, since it was looked at. Throws MissingFile for what is no regular file, and IoError.
 */
export async function readRegular(path: string): Promise<Buffer> {
  // Open without blocking, so that opening a pipe returns instead of waiting for its writer.
  const handle = await io(path, 'cannot open it', open(path, constants.O_RDONLY | constants.O_NONBLOCK));
  try {
    const found = await io(path, 'cannot read its size', handle.stat());
    if (!found.isFile())
      throw new FormatError('MissingFile', { file: path }, 'it is not a regular file', 'Name a file.');
    return await io(path, 'cannot read it', handle.readFile());
  } finally {
    await handle.close();
  }
}
