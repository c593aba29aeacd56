/** tokenizer.json and tokenizer_config.json: read or refused, and what is read encodes and decodes any text. */
import { FormatError } from '../../../src/formats/error.ts';
import { parseJson } from '../../../src/formats/json.ts';
import { makeTokenizer } from '../../../src/formats/tokenizer/index.ts';
import { type Case, holds, type Target } from '../target.ts';

const SPACE = { String: ' ' };
const MODELS = [
  {
    type: 'BPE',
    vocab: { a: 0, b: 1, ab: 2, '▁': 3, ' ': 4 },
    merges: [['a', 'b']],
    unk_token: 'a',
    fuse_unk: true,
    byte_fallback: false,
    ignore_merges: false,
  },
  {
    type: 'BPE',
    vocab: { a: 0, b: 1, ab: 2 },
    merges: ['a b'],
    dropout: null,
    continuing_subword_suffix: '',
    end_of_word_suffix: '</w>',
  },
  {
    type: 'Unigram',
    vocab: [
      ['<unk>', 0],
      ['a', -1],
      ['b', -2.5],
      ['▁ab', -3],
    ],
    unk_id: 0,
  },
  {
    type: 'WordPiece',
    vocab: { a: 0, '##b': 1, '[UNK]': 2 },
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
  },
];
const NORMALIZERS = [
  {
    type: 'BertNormalizer',
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: null,
    lowercase: true,
  },
  { type: 'Replace', pattern: SPACE, content: '▁' },
  { type: 'Strip', strip_left: true, strip_right: false },
  { type: 'Prepend', prepend: '▁' },
  ...['NFC', 'NFD', 'NFKC', 'NFKD', 'Lowercase', 'StripAccents', 'Precompiled', 'Nmt'].map((type) => ({
    type,
  })),
];
const PRE = [
  { type: 'Split', pattern: SPACE, behavior: 'Removed', invert: false },
  { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first', split: true },
  { type: 'Digits', individual_digits: true },
  { type: 'ByteLevel', add_prefix_space: true, use_regex: true, trim_offsets: true },
  { type: 'FixedLength', length: 2 },
  ...['Whitespace', 'WhitespaceSplit', 'BertPreTokenizer', 'Punctuation'].map((type) => ({ type })),
];
const POST = [
  {
    type: 'TemplateProcessing',
    single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
    pair: [],
    special_tokens: { '<s>': { id: '<s>', ids: [5], tokens: ['<s>'] } },
  },
  {
    type: 'RobertaProcessing',
    sep: ['<s>', 5],
    cls: ['<s>', 5],
    trim_offsets: true,
    add_prefix_space: false,
  },
  { type: 'BertProcessing', sep: ['<s>', 5], cls: ['<s>', 5] },
  { type: 'ByteLevel', trim_offsets: true },
];
const DECODERS = [
  { type: 'Replace', pattern: SPACE, content: 'b' },
  { type: 'WordPiece', prefix: '##', cleanup: true },
  { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always' },
  { type: 'BPEDecoder', suffix: '</w>' },
  { type: 'CTC', pad_token: '<pad>', word_delimiter_token: '|', cleanup: true },
  { type: 'Strip', content: ' ', start: 1, stop: 1 },
  ...['ByteFallback', 'Fuse', 'ByteLevel'].map((type) => ({ type })),
];
const ADDED = [
  { id: 5, content: '<s>', special: true, normalized: false, lstrip: true, rstrip: true, single_word: false },
];

/** Tokenizers of one step of a kind each, and of sequences; none has a pattern, which a worker would run. */
function seeds(): Case[] {
  const most = Math.max(NORMALIZERS.length, PRE.length, DECODERS.length);
  const single = Array.from({ length: most }, (_, n) => ({
    ...{ added_tokens: ADDED, normalizer: NORMALIZERS[n] ?? null, pre_tokenizer: PRE[n % PRE.length] },
    ...{
      post_processor: POST[n % POST.length],
      decoder: DECODERS[n % DECODERS.length],
      model: MODELS[n % MODELS.length],
    },
  }));
  const several = MODELS.map((model) => ({
    ...{ added_tokens: ADDED, model },
    normalizer: { type: 'Sequence', normalizers: NORMALIZERS.slice(0, 4) },
    pre_tokenizer: { type: 'Sequence', pretokenizers: PRE.slice(0, 4) },
    post_processor: { type: 'Sequence', processors: POST.slice(0, 2) },
    decoder: { type: 'Sequence', decoders: DECODERS.slice(0, 3) },
  }));
  const config = JSON.stringify({
    eos_token: { content: '<s>' },
    additional_special_tokens: ['<s>'],
    clean_up_tokenization_spaces: true,
  });
  return [...single, ...several].map((json, n) => ({
    'tokenizer.json': JSON.stringify(json),
    'tokenizer_config.json': n % 2 === 0 ? '{}' : config,
    text: n % 3 === 0 ? 'ab <s> 3' : ' aé漢🙂\n',
  }));
}

/** Patterns start a thread for each tokenizer, so that only one in so many such files is read. */
const PATTERNS_ONE_IN = 400;
let withPatterns = 0;

function run(input: Case): string {
  const json = parseJson(input['tokenizer.json']!, 'tokenizer.json');
  const config = parseJson(input['tokenizer_config.json']!, 'tokenizer_config.json');
  if (input['tokenizer.json']!.includes('"Regex"') && withPatterns++ % PATTERNS_ONE_IN !== 0)
    return 'has a pattern';
  const tokenizer = makeTokenizer(json, config, 'tokenizer.json');
  holds(tokenizer.size >= 1 && tokenizer.words >= 1, 'it has no words');
  const text = input.text!.slice(0, 200);
  try {
    const ids = tokenizer.encode(text);
    holds(
      ids.every((id) => Number.isInteger(id) && id >= 0),
      'an id is no whole number',
    );
    if (ids.some((id) => tokenizer.token(id) === undefined)) return 'read, and encodes to an id of no word';
    holds(typeof tokenizer.decode(ids) === 'string', 'it decodes to no text');
    tokenizer.encode(text, { special: false });
    tokenizer.decode(ids, { special: false });
  } catch (error) {
    if (error instanceof FormatError) return `read, and then ${error.code}`;
    throw error;
  }
  return `read ${tokenizer.kind}`;
}

export const target: Target = {
  name: 'tokenizer',
  parts: { 'tokenizer.json': 'json', 'tokenizer_config.json': 'json', text: 'text' },
  seeds,
  words: [
    'Sequence',
    'Isolated',
    'Removed',
    'MergedWithPrevious',
    'Contiguous',
    'never',
    'first',
    'always',
    '<0x41>',
    '##',
    '▁',
    '</w>',
    '[UNK]',
    'Regex',
    'String',
    'WordLevel',
  ],
  run,
  everyTest: 150,
  faults: [
    {
      what: 'a refusal of the implementation is not caught',
      file: 'src/formats/tokenizer/confined.ts',
      from: '      throw isOutOfMemory(cause) ? cause : refusal(cause, what, patterns, file);',
      to: '      throw cause;',
      within: 20_000,
    },
  ],
};
