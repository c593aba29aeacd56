/** Reads texts to one list of token ids, and cuts it into sequences. */
import { isObject } from '../../formats/json.ts';
import type { Tokenizer } from '../../formats/tokenizer/index.ts';
import { nextTokens, type Sequence } from '../batch.ts';
import type { Line } from './lines.ts';

/** A file of text, or of lines that hold a text each. */
export type TextFile = { readonly text: string } | { readonly lines: readonly Line[] };

/** The text of a line of a .jsonl file; undefined for a line of another kind. */
export const textOf = ({ json }: Line): string | undefined =>
  isObject(json) && typeof json.text === 'string' ? json.text : undefined;

/** Encodes texts one after another, with the separator between two. */
export function encoded(
  files: readonly TextFile[],
  tokenizer: Tokenizer,
  separator: number | undefined,
): Int32Array {
  const all: number[] = [];
  for (const file of files) {
    const texts = 'text' in file ? [file.text] : file.lines.map((line) => textOf(line)!);
    for (const text of texts) {
      if (all.length > 0 && separator !== undefined) all.push(separator);
      for (const id of tokenizer.encode(text)) all.push(id);
    }
  }
  return Int32Array.from(all);
}

/** Cuts ids into sequences that predict `length` tokens each; an incomplete last one is left out. */
export function cut(ids: Int32Array, length: number): Sequence[] {
  const width = length + 1;
  return Array.from({ length: Math.floor(ids.length / width) }, (_, n) =>
    nextTokens(ids.subarray(n * width, (n + 1) * width)),
  );
}
