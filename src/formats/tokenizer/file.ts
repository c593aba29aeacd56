/** Schemas of `tokenizer.json` and `tokenizer_config.json`: the types of all fields that encoding and decoding read. */
import * as v from 'valibot';
import { limits } from '../../../compiler/limits.ts';
import { entryOf } from '../../../compiler/records.ts';
import { count, isByName, isNumber, isText, natural } from '../schema.ts';

/** A normalizer, pre-tokenizer, post-processor or decoder. One of the type `Sequence` has steps of its own. */
export interface TokenizerStep {
  readonly type: string;
  readonly behavior?: string | null | undefined;
  readonly pattern?:
    | { readonly Regex?: string | undefined; readonly String?: string | undefined }
    | null
    | undefined;
  readonly content?: string | null | undefined;
  readonly replacement?: string | null | undefined;
  readonly str_rep?: string | null | undefined;
  readonly prepend?: string | null | undefined;
  readonly single?: readonly unknown[] | null | undefined;
  readonly normalizers?: readonly TokenizerStep[] | null | undefined;
  readonly pretokenizers?: readonly TokenizerStep[] | null | undefined;
  readonly processors?: readonly TokenizerStep[] | null | undefined;
  readonly decoders?: readonly TokenizerStep[] | null | undefined;
}

const [text, flag] = [v.string(), v.boolean()];
/** Optional fields of one schema. Spaces separate their names. */
const optional = (schema: v.GenericSchema, names: string): object =>
  Object.fromEntries(names.split(' ').map((name) => [name, v.nullish(schema)]));

const isId = (id: unknown): id is number =>
  Number.isInteger(id) && Number(id) >= 0 && Number(id) <= limits.tokenId.most;
const tokenId = v.custom<number>(isId, 'a whole number below 2^24 is expected');

const pattern = v.pipe(
  v.looseObject({ Regex: v.optional(text), String: v.optional(text) }),
  v.check((p) => (p.Regex ?? p.String) !== undefined, 'a "Regex" or a "String" is expected'),
);
const piece = v.looseObject({
  SpecialToken: v.optional(v.looseObject({ id: text })),
  Sequence: v.optional(v.looseObject({ id: text })),
});
const ends = { sep: v.tuple([text, tokenId]), cls: v.tuple([text, tokenId]) };

/** The fields that a step of each type needs: without them it would do something else. */
const NEEDED: Readonly<Record<string, v.ObjectEntries>> = {
  Split: { pattern },
  Replace: { pattern },
  FixedLength: { length: count },
  Prepend: { prepend: text },
  TemplateProcessing: { single: v.array(piece) },
  BertProcessing: ends,
  RobertaProcessing: ends,
};

const step: v.GenericSchema<unknown, TokenizerStep> = v.lazy((json) => {
  const type = typeof json === 'object' && json !== null && 'type' in json ? json.type : undefined;
  return v.looseObject({
    type: text,
    ...optional(flag, 'add_prefix_space use_regex clean_text handle_chinese_chars strip_accents lowercase'),
    ...optional(flag, 'strip_left strip_right invert individual_digits cleanup'),
    ...optional(text, 'content replacement str_rep prepend_scheme behavior prefix suffix pad_token'),
    ...optional(text, 'word_delimiter_token'),
    ...optional(natural, 'start stop'),
    ...optional(pattern, 'pattern'),
    ...optional(v.array(step), 'normalizers pretokenizers processors decoders'),
    ...(isText(type) ? entryOf(NEEDED, type) : {}),
  });
});

/** The ids by word; for Unigram, words with their scores in the order of their ids. */
export type Vocabulary = Readonly<Record<string, number>> | readonly (readonly [string, number])[];

const isWords = (vocab: unknown): boolean => isByName(vocab, isId) && Object.keys(vocab).length > 0;
const isPair = (entry: unknown, is: (value: unknown) => boolean): boolean =>
  Array.isArray(entry) && entry.length === 2 && isText(entry[0]) && is(entry[1]);
const isScored = (vocab: unknown): boolean =>
  Array.isArray(vocab) && vocab.length > 0 && vocab.every((entry) => isPair(entry, isNumber));
const isMerges = (merges: unknown): boolean =>
  Array.isArray(merges) && (merges.every(isText) || merges.every((entry) => isPair(entry, isText)));

const VOCABULARY = 'a vocabulary is expected';
const words = v.custom<Vocabulary>(isWords, VOCABULARY);

const model = v.variant('type', [
  v.looseObject({
    type: v.literal('BPE'),
    // Dropout tokenises at random, for training.
    dropout: v.optional(v.union([v.null(), v.literal(0)])),
    vocab: words,
    merges: v.custom<readonly unknown[]>(isMerges, 'pairs of words, or texts of two words, are expected'),
    ...optional(text, 'unk_token continuing_subword_suffix end_of_word_suffix'),
    ...optional(flag, 'fuse_unk byte_fallback ignore_merges'),
  }),
  v.pipe(
    v.looseObject({
      type: v.literal('Unigram'),
      vocab: v.custom<readonly (readonly [string, number])[]>(isScored, VOCABULARY),
      unk_id: v.nullish(tokenId),
    }),
    v.forward(
      v.check((m) => (m.unk_id ?? 0) < m.vocab.length, 'the id of a word is expected'),
      ['unk_id'],
    ),
  ),
  v.looseObject({
    type: v.literal('WordPiece'),
    vocab: words,
    unk_token: text,
    continuing_subword_prefix: text,
    max_input_chars_per_word: v.nullish(natural),
    fuse_unk: v.nullish(flag),
  }),
]);

const addedToken = v.looseObject({
  id: tokenId,
  content: text,
  ...optional(flag, 'lstrip rstrip normalized special'),
});

export const tokenizerFile = v.looseObject({
  model,
  added_tokens: v.nullish(v.array(addedToken), []),
  normalizer: v.nullish(step, null),
  pre_tokenizer: v.nullish(step, null),
  post_processor: v.nullish(step, null),
  decoder: v.nullish(step, null),
});
export type TokenizerFile = v.InferOutput<typeof tokenizerFile>;

/** A token: its text, or the object that transformers writes for a token with settings. */
const token = v.union([
  text,
  v.pipe(
    v.looseObject({ content: text }),
    v.transform((t) => t.content),
  ),
]);

export const tokenizerConfig = v.looseObject({
  eos_token: v.nullish(token),
  additional_special_tokens: v.nullish(v.array(token)),
  // Without the field nothing is cleaned up, as in the Rust library, so that decoding gives the text back.
  clean_up_tokenization_spaces: v.nullish(flag, false),
  ...optional(flag, 'remove_space do_lowercase_and_remove_accent'),
});
export type TokenizerConfig = v.InferOutput<typeof tokenizerConfig>;
