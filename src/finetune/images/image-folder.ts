/** Reads labelled images: a folder with a folder for each class, which holds the class's PNG files. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FormatError, listed } from '../../formats/error.ts';
import { io } from '../../formats/safetensors/io.ts';
import type { Images } from './image-classifier.ts';
import { patchedPixels } from './patches.ts';
import { readPng } from './png.ts';
import { type Preprocessor, preprocessed } from './preprocessor.ts';
import type { VitShape } from './vit-config.ts';

/** The files of a folder of classes, in the order of their names. */
export interface ImageFiles {
  /** The names of the classes, sorted. */
  readonly classes: readonly string[];
  readonly files: readonly string[];
  /** The class of each file. */
  readonly labels: readonly string[];
}

/** The names in a folder that are not hidden, sorted. */
async function namesIn(folder: string): Promise<string[]> {
  const names = await io(folder, 'cannot list it', readdir(folder));
  return names.filter((name) => !name.startsWith('.')).sort((a, b) => (a < b ? -1 : 1));
}

/** Whether a path is that of a folder, or of a link to one. */
const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

/**
 * Lists the images. Throws MissingFile where there is no folder; InvalidImage for a file beside the classes, for one that
 * is no PNG, and for an empty class; and IoError for a folder that cannot be read.
 */
export async function listImages(folder: string): Promise<ImageFiles> {
  const refused = (file: string, problem: string, remedy: string) =>
    new FormatError('InvalidImage', { file }, problem, remedy);
  if (!(await isFolder(folder)))
    throw new FormatError(
      'MissingFile',
      { file: folder },
      'there is no such folder',
      'Name a folder with a folder for each class.',
    );
  const classes = await namesIn(folder);
  for (const file of classes.map((name) => join(folder, name)))
    if (!(await isFolder(file)))
      throw refused(file, 'it is beside the classes', 'Put it into the folder of its class.');
  if (classes.length === 0) throw refused(folder, 'it has no folders', 'Make a folder for each class.');
  const [files, labels]: [string[], string[]] = [[], []];
  for (const label of classes) {
    const own = await namesIn(join(folder, label));
    if (own.length === 0)
      throw refused(join(folder, label), 'it is empty', 'Put PNG files into it, or delete it.');
    for (const name of own) {
      const file = join(folder, label, name);
      if (!/\.png$/i.test(name))
        throw refused(file, 'only PNG files are read', 'Convert it to PNG, or move it.');
      files.push(file);
      labels.push(label);
    }
  }
  return { classes, files, labels };
}

/** The numbers of labels among a model's classes. Throws InvalidImage for a class that it does not have. */
export function labelNumbers(
  labels: readonly string[],
  { labels: known }: VitShape,
  folder: string,
): Int32Array {
  const missing = [...new Set(labels)].filter((label) => !known.includes(label));
  if (missing.length > 0)
    throw new FormatError(
      'InvalidImage',
      { file: folder },
      `the model has no class ${listed(missing)}; it has ${listed(known)}`,
      'Name the folders as the model names its classes, or train a new classifier.',
    );
  return Int32Array.from(labels, (label) => known.indexOf(label));
}

/** Reads files as a model's patches. Throws InvalidImage, also for a picture that no step brings to the model's size. */
export async function readImages(
  files: readonly string[],
  c: VitShape,
  preprocessor: Preprocessor,
): Promise<Images> {
  const [rows, columns] = c.image;
  const each = 3 * rows * columns;
  const pixels = new Float32Array(files.length * each);
  for (const [n, file] of files.entries()) {
    const picture = await readPng(file);
    const [high, wide] = preprocessor.size ?? [picture.height, picture.width];
    if (c.channels !== 3 || high !== rows || wide !== columns)
      throw new FormatError(
        'InvalidImage',
        { file },
        `it enters the model as 3 channels of ${high}×${wide}, and the model reads ${c.channels} of ${rows}×${columns}`,
        "Take the model's own preprocessor_config.json, or resize the image.",
      );
    pixels.set(preprocessed(picture, preprocessor), n * each);
  }
  return patchedPixels(c, pixels);
}
