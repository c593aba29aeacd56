/** The part that commands on an image classifier share: opening its files, and the adapter used with it. */

import { type OpenVit, openVit } from '../../finetune/images/open.ts';
import { type ReadAdapter, readImageAdapter } from '../../finetune/images/read-saved.ts';
import { baseNotes } from '../../finetune/stated-base.ts';
import { type Io, printNotes } from '../io.ts';
import { UsageError } from '../usage-error.ts';
import { trainedWithNotes } from './trained-with.ts';
import { type ModelArguments, namedFolders } from './with-model.ts';

/** Opens the model and the adapter, if one is named, does the work, and closes the files. Throws UsageError for several. */
export async function withImages<T>(
  { model, adapter, quantize }: Pick<ModelArguments, 'model' | 'adapter' | 'quantize'>,
  io: Io,
  work: (files: OpenVit, read: ReadAdapter | undefined) => Promise<T>,
): Promise<T> {
  const [given, ...others] = namedFolders([adapter ?? []].flat());
  if (others.length > 0) throw new UsageError('an image classifier is used with one --adapter');
  const files = await openVit(model);
  try {
    if (!given) return await work(files, undefined);
    const { folder } = given;
    const read = await readImageAdapter(folder, files);
    printNotes(io, [
      ...read.notes,
      ...(await baseNotes(folder, { path: files.path, config: { name: files.name } })),
      ...(await trainedWithNotes(folder, quantize)),
    ]);
    return await work(files, read);
  } finally {
    await files.close();
  }
}
