/** Opens a tokenizer from `tokenizer.json`. */
import { dirname, join } from 'node:path';
import { type Limit, limits } from '../../../compiler/limits.ts';
import { checkLimit, FormatError } from '../error.ts';
import { type Json, readJsonFile, sizeOf } from '../json.ts';
import { shown } from '../safetensors/error.ts';
import { checked } from '../schema.ts';
import { openRun } from './confined.ts';
import { type TokenizerStep, tokenizerConfig, tokenizerFile, type Vocabulary } from './file.ts';

const FILE = 'tokenizer.json';
const CONFIG = 'tokenizer_config.json';
const REMEDY = 'Save the tokenizer with a current version of transformers.';

export interface Tokenizer {
  readonly path: string;
  /** The type of `model` in the file: BPE, Unigram, WordPiece. */
  readonly kind: string;
  /** The number of words in the vocabulary, added tokens included. */
  readonly words: number;
  /** The largest token id plus 1: the rows that an embedding needs. Ids may have gaps. */
  readonly size: number;
  /**
   * Encodes a text. `special` (default true) adds the post-processor's tokens, such as <s>. Throws VocabularyMismatch
   * for a text that no tokens spell.
   */
  encode(text: string, options?: { readonly special?: boolean }): Int32Array;
  /** Decodes ids. `special` (default true) keeps special tokens. Throws VocabularyMismatch for an unknown id. */
  decode(ids: Iterable<number>, options?: { readonly special?: boolean }): string;
  id(token: string): number | undefined;
  token(id: number): string | undefined;
}

/**
 * Reads `tokenizer.json`, and `tokenizer_config.json` if there is one. Throws MissingFile, InvalidJson,
 * InvalidTokenizer, or UnsupportedOption for a pattern or a split that is not supported.
 */
export async function openTokenizer(folder: string): Promise<Tokenizer> {
  const path = join(folder, FILE);
  const json = await readJsonFile(
    path,
    'Save the tokenizer as tokenizer.json (AutoTokenizer, use_fast=True).',
  );
  const config = join(folder, CONFIG);
  return makeTokenizer(
    json,
    (await sizeOf(config)) === undefined ? {} : await readJsonFile(config, REMEDY),
    path,
  );
}

function vocabularyOf(
  vocab: Vocabulary,
  added: readonly { readonly content: string; readonly id: number }[],
): ReadonlyMap<string, number> {
  const words: [string, number][] = Array.isArray(vocab)
    ? vocab.map(([word], id) => [word, id])
    : Object.entries(vocab);
  return new Map([...words, ...added.map(({ content, id }): [string, number] => [content, id])]);
}

function checkSizes(
  vocab: Vocabulary,
  added: readonly { readonly content: string }[],
  merges: readonly unknown[],
  file: string,
): void {
  const check = (found: number, limit: Limit) =>
    checkLimit(found, limit, 'InvalidTokenizer', { file }, 'Use a model with a smaller tokenizer.');
  const characters = (texts: readonly string[]) => texts.reduce((sum, text) => sum + text.length, 0);
  const words: readonly string[] = Array.isArray(vocab) ? vocab.map(([word]) => word) : Object.keys(vocab);
  check(words.length, limits.words);
  check(merges.length, limits.words);
  check(characters(words), limits.wordCharacters);
  check(characters(added.map((token) => token.content)), limits.addedCharacters);
}

/** Refuses kinds of splits that the implementation neither makes nor refuses. */
function checkSplits(step: TokenizerStep | null, path: string): void {
  for (const inner of step?.pretokenizers ?? []) checkSplits(inner, path);
  const behavior = step?.behavior ?? 'Isolated';
  if (step?.type !== 'Split' || /^(?:removed|isolated)$/i.test(behavior)) return;
  throw new FormatError(
    'UnsupportedOption',
    { file: path, name: 'pre_tokenizer' },
    `a Split ${shown(behavior)} is not made, only Isolated and Removed`,
    'Use a model with another tokenizer.',
  );
}

/**
 * Makes a tokenizer from the contents of the `tokenizer.json` at `path`, and of `tokenizer_config.json` beside it.
 * Throws InvalidTokenizer and UnsupportedOption.
 */
export function makeTokenizer(json: Json, config: Json, path: string): Tokenizer {
  const file = checked(tokenizerFile, json, { file: path }, 'InvalidTokenizer', REMEDY);
  const at = { file: join(dirname(path), CONFIG) };
  const options = checked(tokenizerConfig, config, at, 'InvalidTokenizer', REMEDY);
  const { model, added_tokens: added } = file;
  checkSplits(file.pre_tokenizer, path);
  checkSizes(model.vocab, added, model.type === 'BPE' ? model.merges : [], path);
  const vocabulary = vocabularyOf(model.vocab, added);
  const run = openRun(file, options, path);
  const words = new Map([...vocabulary].map(([word, id]) => [id, word]));
  return {
    path,
    kind: model.type,
    words: vocabulary.size,
    size: [...words.keys()].reduce((most, id) => Math.max(most, id), 0) + 1,
    encode(text, { special = true } = {}) {
      const { ids, unknown } = run.encode(text, special);
      if (unknown === undefined) return ids;
      throw new FormatError(
        'VocabularyMismatch',
        { file: path },
        `no token spells ${shown(unknown)}, and there is none for what is unknown`,
        'Use the tokenizer on texts that it was made for.',
      );
    },
    decode(tokens, { special = true } = {}) {
      const list = [...tokens];
      const wrong = list.find((id) => !words.has(id));
      if (wrong !== undefined) {
        throw new FormatError(
          'VocabularyMismatch',
          { file: path },
          `there is no token ${wrong}`,
          'Decode with the tokenizer of the model that made the ids.',
        );
      }
      // The implementation refuses an empty list.
      if (list.length === 0) return '';
      return run.decode(list, special);
    },
    id: (token) => vocabulary.get(token),
    token: (id) => words.get(id),
  };
}

/** Throws VocabularyMismatch if a token has no row in the embedding. A model may have more rows, as padding. */
export function checkVocabulary(tokenizer: Tokenizer, vocabSize: number, model: string): void {
  if (tokenizer.size <= vocabSize) return;
  throw new FormatError(
    'VocabularyMismatch',
    { file: tokenizer.path },
    `its largest token is ${tokenizer.size - 1} (${JSON.stringify(tokenizer.token(tokenizer.size - 1))}), and ${model} has vocab_size ${vocabSize}`,
    'Take the tokenizer and the model from one checkpoint, or resize the embedding.',
  );
}
