/** Looks up the meaning of a code, for `oftc explain OFT1003`. */
import { catalogue } from '../../compiler/errors/catalogue.ts';
import type { Code } from '../../compiler/errors/code.ts';
import { didYouMean } from '../../compiler/errors/nearest.ts';
import { UsageError } from './usage-error.ts';

/** Whether a word is a code, rather than the path of a file. */
export const isCode = (word: string): boolean =>
  /^(oft|ts)\d+$|^\d{3,}$/i.test(word) || find(word) !== undefined;

const find = (word: string): string | undefined =>
  Object.keys(catalogue).find((code) => code.toLowerCase() === word.toLowerCase());

/** A code as it is written, with its meaning. Throws UsageError for an unknown code. */
export function lookUp(word: string): { readonly code: string; readonly meaning: Code } {
  const code = find(word);
  if (code !== undefined) return { code, meaning: catalogue[code]! };
  if (/^ts\d+$/i.test(word))
    throw new UsageError(
      `${word.toUpperCase()} is TypeScript's own code, whose message explains it; oftc's are OFT1001 and so on`,
    );
  if (find(`oft${word}`) !== undefined) throw new UsageError(`for the code write OFT${word}`);
  throw new UsageError(`there is no code ${word}${didYouMean(word, Object.keys(catalogue))}`);
}
