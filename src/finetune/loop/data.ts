/** Splits a text into sequences to train on and held-out sequences. */
import { createHash } from 'node:crypto';
import { OftcError } from '../../../compiler/errors/error.ts';
import { listed } from '../../formats/error.ts';
import { isObject, parseJson, readText } from '../../formats/json.ts';
import type { Tokenizer } from '../../formats/tokenizer/index.ts';
import { nextTokens, type Sequence } from '../batch.ts';
import { readIds } from './token-ids.ts';

/** The number of sequences in a chunk. Chunks are held out whole, because neighbours share names and topics. */
export const PER_CHUNK = 10;

export interface DataOptions {
  /** The number of tokens that a sequence predicts; it has one more. */
  readonly length: number;
  /** The last of every n chunks is held out; 0 holds nothing out. */
  readonly holdOut: number;
  /** The id to put between the documents of a .jsonl file. */
  readonly separator?: number | undefined;
  readonly vocabulary: number;
}

export interface Data {
  readonly train: readonly Sequence[];
  readonly heldOut: readonly Sequence[];
  readonly tokens: number;
  /** The digest of the file's text, or of its ids. */
  readonly sha256: string;
  /** Notes on contents of the file that are not read. */
  readonly notes: readonly string[];
}

/**
 * Reads UTF-8 text; for .jsonl, an object with a `text` in each line; for .safetensors, token ids (token-ids.ts),
 * which need no tokenizer. Throws MissingFile, InvalidJson, OFT6004 for a line without a text, and what `readIds` and
 * the tokenizer throw.
 */
export async function readData(
  path: string,
  tokenizer: () => Promise<Tokenizer>,
  options: DataOptions,
): Promise<Data> {
  const data = (ids: Int32Array, source: string | Int32Array, notes: readonly string[] = []): Data => ({
    ...split(ids, options),
    sha256: createHash('sha256').update(source).digest('hex'),
    notes,
  });
  if (path.endsWith('.safetensors')) {
    const { ids, unread } = await readIds(path, options);
    return data(ids, ids, unread.length === 0 ? [] : [onlyIds(path, unread)]);
  }
  const encoder = await tokenizer();
  const text = await readText(path, 'Name a text file, or one of JSON lines with a "text" each.');
  const ids = path.endsWith('.jsonl')
    ? documents(text, path, encoder, options.separator)
    : encoder.encode(text);
  return data(ids, text);
}

const onlyIds = (path: string, unread: readonly string[]): string =>
  `of ${path}, the token ids are used, and ${listed(unread)} ${unread.length === 1 ? 'is' : 'are'} not: every token predicts the next one of its sequence`;

function documents(
  text: string,
  path: string,
  tokenizer: Tokenizer,
  separator: number | undefined,
): Int32Array {
  const all: number[] = [];
  for (const [n, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const json = parseJson(line, `${path}:${n + 1}`);
    if (!isObject(json) || typeof json.text !== 'string')
      throw new OftcError('OFT6004', `${path}:${n + 1}: there is no "text": write {"text": "…"} a line`);
    if (all.length > 0 && separator !== undefined) all.push(separator);
    for (const id of tokenizer.encode(json.text)) all.push(id);
  }
  return Int32Array.from(all);
}

/** Splits ids into chunks of sequences; an incomplete last sequence is left out. */
export function split(
  ids: Int32Array,
  { length, holdOut }: Pick<DataOptions, 'length' | 'holdOut'>,
): Omit<Data, 'sha256' | 'notes'> {
  const [train, heldOut]: [Sequence[], Sequence[]] = [[], []];
  const width = length + 1;
  for (let n = 0; (n + 1) * width <= ids.length; n++) {
    const chunk = Math.floor(n / PER_CHUNK);
    const held = holdOut > 0 && chunk % holdOut === holdOut - 1;
    (held ? heldOut : train).push(nextTokens(ids.subarray(n * width, (n + 1) * width)));
  }
  return { train, heldOut, tokens: ids.length };
}
