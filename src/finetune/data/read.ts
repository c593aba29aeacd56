/** Reads the data of a run: sequences to train on and held-out sequences, from texts or token ids. */
import { createHash } from 'node:crypto';
import { extname } from 'node:path';
import { OftcError } from '../../../compiler/errors/error.ts';
import type { Tokenizer } from '../../formats/tokenizer/index.ts';
import { countedLabels, type Sequence } from '../batch.ts';
import { dataFiles } from './files.ts';
import { heldApart, PER_CHUNK } from './hold-out.ts';
import { type Line, linesOf, readDataText } from './lines.ts';
import { cut, encoded, type TextFile, textOf } from './texts.ts';
import { readIds } from './token-ids.ts';

export interface DataOptions {
  /** The number of tokens that a sequence predicts; it has one more. */
  readonly length: number;
  /** The last of every n chunks is held out; 0 holds nothing out. */
  readonly holdOut: number;
  /** The id to put between two texts. */
  readonly separator?: number | undefined;
  readonly vocabulary: number;
}

export interface Data {
  readonly train: readonly Sequence[];
  readonly heldOut: readonly Sequence[];
  /** The number of tokens in the files. */
  readonly tokens: number;
  /** The number of labels that count, in all sequences. */
  readonly counted: number;
  /** The digest of the files' texts, or of their ids. */
  readonly sha256: string;
  /** The digest of the validation files, where the held-out part comes from these. */
  readonly validation?: string;
  /** Notes on contents of the files that are not read. */
  readonly notes: readonly string[];
  /** The parts of which every n-th is held out, `perChunk` together. */
  readonly units: Units;
}

interface Units {
  readonly are: 'sequences' | 'conversations';
  readonly count: number;
  readonly perChunk: number;
}

/** The parts of a model that reading its data may need. */
export interface Reader {
  tokenizer(): Promise<Tokenizer>;
}

/** The data of one kind of files, before a part is held out. */
interface Read {
  readonly sequences: readonly Sequence[];
  readonly tokens: number;
  readonly digests: readonly string[];
  readonly notes: readonly string[];
}

const sha256 = (data: string | Int32Array): string => createHash('sha256').update(data).digest('hex');

/**
 * Reads files, and the files of folders, in the order of their names. A .safetensors file has token ids, which need no
 * tokenizer. A .jsonl file has an object with a `text` in each line. Any other file is a text in UTF-8. Throws
 * MissingFile, InvalidJson, OFT6004 for lines of another kind and files of two kinds, and what `readIds` and the
 * tokenizer throw.
 */
export async function readData(
  paths: readonly string[],
  reader: Reader,
  options: DataOptions,
): Promise<Data> {
  const { files, notes } = await dataFiles(paths);
  const isIds = (file: string): boolean => extname(file) === '.safetensors';
  const [ids, other] = [files.find(isIds), files.find((file) => !isIds(file))];
  if (ids !== undefined && other !== undefined)
    throw new OftcError(
      'OFT6004',
      `${ids} has token ids and ${other} text: give files of one kind, the others to a run of their own`,
    );
  const read = ids === undefined ? await readTexts(files, reader, options) : await readAllIds(files, options);
  const { train, heldOut } = heldApart(read.sequences, options.holdOut, PER_CHUNK);
  return {
    train,
    heldOut,
    tokens: read.tokens,
    counted: read.sequences.reduce((sum, s) => sum + countedLabels(s), 0),
    sha256: read.digests.length === 1 ? read.digests[0]! : sha256(read.digests.join('\n')),
    notes: [...notes, ...read.notes],
    units: { are: 'sequences', count: read.sequences.length, perChunk: PER_CHUNK },
  };
}

async function readAllIds(files: readonly string[], options: DataOptions): Promise<Read> {
  const read = [];
  for (const file of files) read.push({ file, ...(await readIds(file, options)) });
  return {
    sequences: read.flatMap(({ sequences }) => sequences),
    tokens: read.reduce((sum, { ids }) => sum + ids.length, 0),
    digests: read.map(({ ids, labels }) => sha256(labels ? Int32Array.from([...ids, ...labels]) : ids)),
    notes: read.flatMap(({ notes }) => notes),
  };
}

async function readTexts(files: readonly string[], reader: Reader, options: DataOptions): Promise<Read> {
  const tokenizer = await reader.tokenizer();
  const texts: TextFile[] = [];
  const digests: string[] = [];
  for (const file of files) {
    const text = await readDataText(file);
    texts.push(extname(file) === '.jsonl' ? { lines: withTexts(linesOf(text, file)) } : { text });
    digests.push(sha256(text));
  }
  const ids = encoded(texts, tokenizer, options.separator);
  return { sequences: cut(ids, options.length), tokens: ids.length, digests, notes: [] };
}

function withTexts(lines: readonly Line[]): readonly Line[] {
  const wrong = lines.find((line) => textOf(line) === undefined);
  if (wrong) throw new OftcError('OFT6004', `${wrong.at}: there is no "text": write {"text": "…"} a line`);
  return lines;
}
