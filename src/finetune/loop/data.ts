/** A text as sequences to train on, and others that are held out. */
import { createHash } from 'node:crypto';
import { OftcError } from '../../../compiler/ir/error.ts';
import { isObject, parseJson, readText } from '../../formats/json.ts';
import type { Tokenizer } from '../../formats/tokenizer.ts';
import { nextTokens, type Sequence } from '../batch.ts';

/** Sequences of a chunk, which is held out whole: neighbours share names and topics. */
const PER_CHUNK = 10;

export interface DataOptions {
  /** Tokens that a sequence predicts: it has one more. */
  readonly length: number;
  /** The last of every n chunks is held out; 0 holds nothing out. */
  readonly holdOut: number;
  /** Between the documents of a .jsonl file. */
  readonly separator?: number | undefined;
}

export interface Data {
  readonly train: readonly Sequence[];
  readonly heldOut: readonly Sequence[];
  readonly tokens: number;
  /** Of the file's text. */
  readonly sha256: string;
}

/**
 * Reads UTF-8: a text, or with the ending .jsonl an object with a `text` a line. Throws MissingFile, InvalidJson,
 * OFT6004 for a line without a text, and what the tokenizer throws.
 */
export async function readData(path: string, tokenizer: Tokenizer, options: DataOptions): Promise<Data> {
  const text = await readText(path, 'Name a text file, or one of JSON lines with a "text" each.');
  const ids = path.endsWith('.jsonl')
    ? documents(text, path, tokenizer, options.separator)
    : tokenizer.encode(text);
  return { ...split(ids, options), sha256: createHash('sha256').update(text).digest('hex') };
}

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

/** Chunks one after another; a last piece shorter than a sequence is left out. */
export function split(ids: Int32Array, { length, holdOut }: DataOptions): Omit<Data, 'sha256'> {
  const [train, heldOut]: [Sequence[], Sequence[]] = [[], []];
  const width = length + 1;
  for (let n = 0; (n + 1) * width <= ids.length; n++) {
    const chunk = Math.floor(n / PER_CHUNK);
    const held = holdOut > 0 && chunk % holdOut === holdOut - 1;
    (held ? heldOut : train).push(nextTokens(ids.subarray(n * width, (n + 1) * width)));
  }
  return { train, heldOut, tokens: ids.length };
}
