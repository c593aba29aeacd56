/** The part that commands on image classifiers share: their folders of images, and the options that they do not have. */
import { type ImageData, type Reader, readImageData } from '../../finetune/images/image-data.ts';
import { type ImageFiles, listImages } from '../../finetune/images/image-folder.ts';
import { type Io, withProgress } from '../io.ts';
import { UsageError } from '../usage-error.ts';

/** Throws UsageError for an option that is given and that no image classifier has; `options` has them by name. */
export function refuseOptions(options: Readonly<Record<string, unknown>>, instead = 'leave it out'): void {
  const [given] = Object.entries(options).find(([, value]) => value !== undefined && value !== false) ?? [];
  if (given !== undefined) throw new UsageError(`${given} is not of image classifiers: ${instead}`);
}

/** The images of the folder that an option names. Throws UsageError for several, and what `listImages` throws. */
export async function imagesIn(
  paths: readonly string[],
  option: string,
): Promise<ImageFiles & { readonly folder: string }> {
  const [folder, ...others] = paths;
  if (folder === undefined || others.length > 0)
    throw new UsageError(`${option} of an image classifier is one folder, with a folder for each class`);
  return { folder, ...(await listImages(folder)) };
}

/** Reads all images of a folder. Throws as `readImageData` does. */
export const readAll = (
  files: ImageFiles & { readonly folder: string },
  reader: Reader,
  holdOut: number,
  io: Io,
): Promise<ImageData> =>
  withProgress(io, `Reading ${files.folder}`, (say) =>
    readImageData(files.folder, files, reader, {
      holdOut,
      said: (done, of) => say(`Reading ${files.folder}: ${done} of ${of} images`),
    }),
  );
