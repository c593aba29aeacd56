/** Reads regular files whole. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { FormatError } from './error.ts';
import { io } from './safetensors/io.ts';

/**
 * Reads a file whole. It checks the opened file, because the path may lead to another one by then, such as a device
 * that never ends. Throws MissingFile where the file is not regular, and IoError.
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
