import { open } from 'node:fs/promises';
import { replacing } from '../write-whole.ts';
import { io } from './io.ts';
import { layOut, type Metadata, type TensorData } from './serialize.ts';

/**
 * Writes a file whole or not at all: to a temporary file in the same folder, flushed to the disk, then renamed over
 * `path`. A failure, or a signal that ends the process, removes the temporary file and leaves `path` unchanged. The
 * layout is `layOut`'s. Throws SafetensorsError, with IoError for the system's errors; they name the file `shownAs`,
 * if it will move to another place.
 */
export async function writeSafetensors(
  path: string,
  tensors: Iterable<TensorData>,
  metadata?: Metadata,
  shownAs = path,
): Promise<void> {
  const pieces = layOut(tensors, metadata, shownAs);
  const written = replacing(path, async (temporary) => {
    const handle = await open(temporary, 'wx');
    try {
      for (const piece of pieces) await handle.writeFile(piece);
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
  await io(shownAs, 'cannot write it', written);
}
