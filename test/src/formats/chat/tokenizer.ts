/** A small byte-level BPE tokenizer with the control tokens of several chat templates. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Json } from '../../../../src/formats/json.ts';
import { makeTokenizer } from '../../../../src/formats/tokenizer/index.ts';

/** Bytes by the letters that byte-level tokenizers have for them. */
const letters: string[] = [];
for (let byte = 0, next = 256; byte < 256; byte++) {
  const shown = (byte > 32 && byte < 127) || (byte > 160 && byte < 173) || byte > 173;
  letters.push(String.fromCodePoint(shown ? byte : next++));
}
const MERGES = [
  'h e',
  't he',
  'Ġ the',
  'l l',
  'e ll',
  'o r',
  'Ċ Ċ',
  'e n',
  'en d',
  'Ġ a',
  '| >',
  '< |',
  'a s',
  's i',
  'i m',
];
const words = [...letters, ...MERGES.map((pair) => pair.replace(' ', ''))].filter(
  (w, n, all) => all.indexOf(w) === n,
);

export const CONTROL = [
  ...['<|begin_of_text|>', '<|start_header_id|>', '<|end_header_id|>', '<|eot_id|>', '<|im_start|>'],
  ...['<|im_end|>', '<|endoftext|>', '<bos>', '<eos>', '<start_of_turn>', '<end_of_turn>', '<s>', '</s>'],
];
const ids = new Map(CONTROL.map((content, n) => [content, words.length + n]));
/** The number of tokens. */
export const SIZE = words.length + CONTROL.length + 1;
export const control = (content: string): number => ids.get(content)!;

export interface Kind {
  readonly pre_tokenizer?: Json;
  readonly normalizer?: Json;
}

const BYTE_LEVEL = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };

/** Makes each line break a token of its own, so that texts around one have the same ids together and alone. */
const LINES = {
  type: 'Sequence',
  pretokenizers: [{ type: 'Split', pattern: { String: '\n' }, behavior: 'Isolated' }, BYTE_LEVEL],
};
/** Joins line breaks, as the tokenizers of Llama 3 and Qwen do, so that tokens cross from prompts into responses. */
export const RUNS = {
  type: 'Sequence',
  pretokenizers: [
    { type: 'Split', pattern: { Regex: '\\n+|[^\\n]+' }, behavior: 'Isolated' },
    { ...BYTE_LEVEL, use_regex: false },
  ],
};

/** The contents of tokenizer.json, with or without control tokens. */
export const tokenizerJson = (
  { pre_tokenizer = LINES, normalizer = null }: Kind = {},
  hasControl = true,
): Json => ({
  added_tokens: [
    ...(hasControl ? CONTROL : []).map((content) => ({ id: control(content), content, special: true })),
    // Not a control token, so that text may hold it.
    { id: SIZE - 1, content: '<think>', special: false, normalized: false },
  ],
  normalizer,
  pre_tokenizer,
  post_processor: null,
  decoder: BYTE_LEVEL,
  model: { type: 'BPE', vocab: Object.fromEntries(words.map((word, id) => [word, id])), merges: MERGES },
});

/** Encodes a text in which nothing is a control token. */
const plain = makeTokenizer(tokenizerJson({}, false), {}, 'plain/tokenizer.json');
export const textIds = (text: string): number[] => (text === '' ? [] : [...plain.encode(text)]);

/** A published template. */
export const template = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../../fixtures/chat/${name}.jinja`, import.meta.url)), 'utf8');

const folder = mkdtempSync(join(tmpdir(), 'oftc-chat-'));
let made = 0;
/** A folder with the tokenizer and a chat template in tokenizer_config.json. */
export function tokenizerFolder(source: string | undefined, tokens: object = {}, kind: Kind = {}): string {
  const at = join(folder, `${made++}`);
  mkdirSync(at);
  writeFileSync(join(at, 'tokenizer.json'), JSON.stringify(tokenizerJson(kind)));
  writeFileSync(join(at, 'tokenizer_config.json'), JSON.stringify({ ...tokens, chat_template: source }));
  return at;
}
