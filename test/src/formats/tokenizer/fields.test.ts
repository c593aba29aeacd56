/** Fields of tokenizer.json at their bounds: ids, vocabularies, merges, sizes and kinds of splits. */
import { afterEach, describe, expect, it } from 'vitest';
import { limits } from '../../../../compiler/limits.ts';
import type { Json } from '../../../../src/formats/json.ts';
import { makeTokenizer, type Tokenizer } from '../../../../src/formats/tokenizer/index.ts';

const { words, wordCharacters, addedCharacters, pattern } = limits;
const standard = [words, wordCharacters, addedCharacters, pattern].map(
  (limit) => [limit, limit.most] as const,
);
const setLimit = (limit: object, most: number) => Object.assign(limit, { most });
afterEach(() => {
  for (const [limit, most] of standard) setLimit(limit, most);
});

const BPE = { type: 'BPE', vocab: { a: 0, bc: 1, abc: 2 }, merges: ['a bc'] };
const UNIGRAM = {
  type: 'Unigram',
  vocab: [
    ['a', -1],
    ['bc', -2.5],
  ],
};
const PIECES = { type: 'WordPiece', vocab: { a: 0, b: 1 }, unk_token: 'a', continuing_subword_prefix: '##' };
const make = (model: Json, parts: Readonly<Record<string, Json>> = {}): Tokenizer =>
  makeTokenizer({ model, ...parts }, {}, 'm/tokenizer.json');
/** The message after the file's name; '' where nothing is refused. */
function problem(model: Json, parts: Readonly<Record<string, Json>> = {}): string {
  try {
    make(model, parts);
  } catch (e) {
    return e instanceof Error
      ? e.message.replace(/^m\/tokenizer\.json: /, '').replace(/ Save .*$/, '')
      : 'no error';
  }
  return '';
}

describe('an id', () => {
  it.each<[Json, boolean]>([
    [0, true],
    [3, true],
    [2 ** 24 - 1, true],
    [2 ** 24, false],
    [-1, false],
    [1.5, false],
    ['1', false],
    [null, false],
    [true, false],
  ])('%j is a whole number below 2^24: %j', (id, isId) => {
    const added_tokens = [{ id, content: '<x>' }];
    expect(problem(BPE, { added_tokens })).toBe(
      isId
        ? ''
        : `"added_tokens.0.id": a whole number below 2^24 is expected, and it is ${JSON.stringify(id)}.`,
    );
    const vocab = { a: 0, bc: 1, abc: id };
    expect(problem({ ...BPE, vocab })).toBe(
      isId ? '' : `"model.vocab": a vocabulary is expected, and it is ${JSON.stringify(vocab)}.`,
    );
  });
});

describe('a vocabulary', () => {
  it.each<[Json, boolean]>([
    [[['a', 0]], true],
    [
      [
        ['a', -1.5],
        ['b', 0],
      ],
      true,
    ],
    [[], false],
    [[['a']], false],
    [[['a', 0, 1]], false],
    [[[0, 'a']], false],
    [[['a', '0']], false],
    [
      [
        ['a', 0],
        ['b', null],
      ],
      false,
    ],
    [['a'], false],
    [[{ 0: 'a', 1: 0, length: 2 }], false],
    [{ a: 0 }, false],
    ['a', false],
    [null, false],
  ])('of Unigram, %j, is a list of words with their scores: %j', (vocab, is) => {
    const refusal = `"model.vocab": a vocabulary is expected, and it is ${JSON.stringify(vocab)}.`;
    expect(problem({ ...UNIGRAM, vocab })).toBe(is ? '' : refusal);
  });

  it.each<[Json, boolean]>([
    [{ a: 0 }, true],
    [{}, false],
    [[], false],
    [['a'], false],
    [null, false],
    ['a', false],
    [{ a: '0' }, false],
  ])('of words, %j, has their ids: %j', (vocab, is) => {
    const refusal = `"model.vocab": a vocabulary is expected, and it is ${JSON.stringify(vocab)}.`;
    expect(problem({ ...PIECES, vocab })).toBe(is ? '' : refusal);
    expect(problem({ ...BPE, vocab, merges: [] })).toBe(is ? '' : refusal);
  });

  it('of Unigram has the word of what is unknown, if that has an id', () => {
    const of = (unk_id: Json) => problem({ ...UNIGRAM, unk_id });
    expect([of(0), of(1), of(null)]).toEqual(['', '', '']);
    expect(of(2)).toBe('"model.unk_id": the id of a word is expected, and it is 2.');
  });
});

describe('merges', () => {
  it.each<[Json, boolean]>([
    [[], true],
    [['a bc'], true],
    [[['a', 'bc']], true],
    [[['a', 'bc', 'd']], false],
    [[['a']], false],
    [[['a', 0]], false],
    [[[0, 'a']], false],
    [['a bc', ['a', 'bc']], false],
    [[0], false],
    [{}, false],
    ['a bc', false],
  ])('%j are texts of two words, or pairs: %j', (merges, are) => {
    const refusal = `"model.merges": pairs of words, or texts of two words, are expected, and it is ${JSON.stringify(merges)}.`;
    expect(problem({ ...BPE, merges })).toBe(are ? '' : refusal);
  });
});

it('dropout is off', () => {
  for (const dropout of [null, 0]) expect(problem({ ...BPE, dropout })).toBe('');
  for (const dropout of [0.1, 1, -1, false])
    expect(problem({ ...BPE, dropout })).toContain('"model.dropout": ');
});

describe('a size', () => {
  const refusal = (found: number, counts: string, most: number) =>
    `${found} ${counts}: the limit is ${most}, because `;

  it.each<[string, Json, { most: number; counts: string }, number, Readonly<Record<string, Json>>?]>([
    ['words', { ...BPE, merges: [] }, words, 3],
    ['words with scores', UNIGRAM, words, 2],
    ['merges', { ...BPE, vocab: { ab: 0, a: 1 }, merges: ['a b', 'b a', 'a a'] }, words, 3],
    ['characters of words', BPE, wordCharacters, 6],
    ['characters of words with scores', UNIGRAM, wordCharacters, 3],
    [
      'characters of added tokens',
      BPE,
      addedCharacters,
      7,
      {
        added_tokens: [
          { id: 5, content: '<s>' },
          { id: 6, content: '</s>' },
        ],
      },
    ],
  ])('of so many %s is at the limit, and one more is refused', (_, model, limit, found, parts) => {
    setLimit(limit, found);
    expect(problem(model, parts)).toBe('');
    setLimit(limit, found - 1);
    const message = problem(model, parts);
    expect(message.startsWith(refusal(found, limit.counts, found - 1))).toBe(true);
    expect(message.endsWith('. Use a model with a smaller tokenizer.')).toBe(true);
  });

  it('of a pattern is at the limit, and one more is refused by its part', () => {
    setLimit(pattern, 4);
    const normalizer = (Regex: string): Json => ({ type: 'Replace', pattern: { Regex }, content: '' });
    expect(problem(BPE, { normalizer: normalizer('a+b+') })).toBe('');
    expect(problem(BPE, { normalizer: normalizer('a+b+c') })).toMatch(
      /^"normalizer": 5 characters in a regular expression .*: the limit is 4, because .*\. Use a model with another tokenizer\.$/,
    );
  });
});

describe('a split', () => {
  const split = (behavior: Json): Json => ({
    type: 'Split',
    pattern: { String: ' ' },
    behavior,
    invert: false,
  });
  const refusal = (shown: string) =>
    `"pre_tokenizer": a Split ${shown} is not made, only Isolated and Removed. Use a model with another tokenizer.`;

  it.each<[Json, string]>([
    ['Isolated', ''],
    ['Removed', ''],
    ['isolated', ''],
    ['removed', ''],
    [null, ''],
    ['MergedWithNext', refusal('"MergedWithNext"')],
    ['NotRemoved', refusal('"NotRemoved"')],
    ['Isolated ', refusal('"Isolated "')],
  ])('of the kind %j is made or refused: %j', (behavior, message) => {
    const pre_tokenizer = split(behavior);
    expect(problem(BPE, { pre_tokenizer })).toBe(message);
    const inner: Json = { type: 'Sequence', pretokenizers: [split('Removed'), pre_tokenizer] };
    const outer: Json = { type: 'Sequence', pretokenizers: [inner] };
    expect(problem(BPE, { pre_tokenizer: outer })).toBe(message);
    // Other steps have kinds of their own.
    expect(problem(BPE, { pre_tokenizer: { type: 'Punctuation', behavior: 'Removed' } })).toBe('');
  });
});

it('words and added tokens share one vocabulary, whose size follows from the largest id', () => {
  const added_tokens = [
    { id: 9, content: '<x>' },
    { id: 5, content: 'abc' },
  ];
  const t = make(BPE, { added_tokens });
  expect([t.kind, t.words, t.size, t.path]).toEqual(['BPE', 4, 10, 'm/tokenizer.json']);
  expect(['a', 'bc', 'abc', '<x>', 'y'].map(t.id)).toEqual([0, 1, 5, 9, undefined]);
  expect([0, 1, 2, 5, 9, 10].map(t.token)).toEqual(['a', 'bc', undefined, 'abc', '<x>', undefined]);
  expect(make({ ...BPE, vocab: { a: 7, b: 3 }, merges: [] }).size).toBe(8);
});

it.each<[Json, Readonly<Record<string, Json>>, Json, string]>([
  [{ ...BPE, type: 'X' }, {}, {}, '("BPE" | "Unigram" | "WordPiece") is expected, and it is "X"'],
  [{ ...BPE, dropout: 0.5 }, {}, {}, '(null | 0) is expected, and it is 0.5'],
  [BPE, {}, { eos_token: 5 }, '(string | Object) is expected, and it is 5'],
])('a refusal of %j, %j and %j lists what is expected', (model, parts, config, wanted) => {
  expect(() => makeTokenizer({ model, ...parts }, config, 'm/tokenizer.json')).toThrow(wanted);
});

it('an end of a sequence is a text and its id, in this order', () => {
  const ends = { type: 'BertProcessing', sep: ['a', 0], cls: ['bc', 1] };
  expect(problem(BPE, { post_processor: ends })).toBe('');
  for (const name of ['sep', 'cls'])
    expect(problem(BPE, { post_processor: { ...ends, [name]: [0, 'a'] } })).toBe(
      `"post_processor.${name}.0": string is expected, and it is 0.`,
    );
});

it('a step other than a split may have any behaviour', () => {
  expect(problem(BPE, { pre_tokenizer: { type: 'Punctuation', behavior: 'Contiguous' } })).toBe('');
});

it('the first of two unknown ids is named', () => {
  expect(() => make(BPE).decode([0, 7, 8])).toThrow('there is no token 7');
});
