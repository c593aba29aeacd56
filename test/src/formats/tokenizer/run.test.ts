/** A tokenizer's patterns and steps, and the numbers by which it says which pattern is at work. */
import { describe, expect, it } from 'vitest';
import { isObject, type Json } from '../../../../src/formats/json.ts';
import { checked } from '../../../../src/formats/schema.ts';
import { tokenizerFile } from '../../../../src/formats/tokenizer/file.ts';
import { makeRun, patternsOf } from '../../../../src/formats/tokenizer/run.ts';
import { control, textIds, tokenizerJson } from '../chat/tokenizer.ts';

const base = tokenizerJson();
const fields = isObject(base) ? base : {};
const file = (parts: Readonly<Record<string, Json>>) =>
  checked(tokenizerFile, { ...fields, ...parts }, { file: 't.json' }, 'InvalidTokenizer', '');

const bytes = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false };
const split = (pattern: Json): Json => ({ type: 'Split', pattern, behavior: 'Isolated', invert: false });
const replace = (pattern: Json, content: string): Json => ({ type: 'Replace', pattern, content });
const several = (name: string, ...steps: readonly Json[]): Json => ({ type: 'Sequence', [name]: [...steps] });

/** A tokenizer with patterns in three parts, among them a plain text, which has no number. */
const PARTS: Readonly<Record<string, Json>> = {
  normalizer: several('normalizers', replace({ String: 'x' }, 'a'), replace({ Regex: 'q(?=q)' }, 'e')),
  pre_tokenizer: several(
    'pretokenizers',
    several('pretokenizers', split({ Regex: 'n' }), split({ String: 'd' })),
    split({ Regex: '\\n(?!\\n)' }),
    bytes,
  ),
  decoder: several('decoders', bytes, replace({ Regex: 'e+' }, 'E')),
};

describe('the patterns of a file', () => {
  it('are those of the normalizer, of the splits and of the decoder, in the order of their steps', () => {
    expect(patternsOf(file(PARTS))).toEqual([
      { part: 'normalizer', text: 'q(?=q)' },
      { part: 'pre_tokenizer', text: 'n' },
      { part: 'pre_tokenizer', text: '\\n(?!\\n)' },
      { part: 'decoder', text: 'e+' },
    ]);
    const none = { normalizer: null, pre_tokenizer: bytes, decoder: null };
    expect(patternsOf(file(none))).toEqual([]);
    expect(patternsOf(file({ ...none, normalizer: replace({ Regex: 'a' }, '') }))).toEqual([
      { part: 'normalizer', text: 'a' },
    ]);
  });

  it('are numbered so where they are at work, and nowhere else', () => {
    const running: (number | undefined)[] = [];
    const run = makeRun(file(PARTS), { clean_up_tokenization_spaces: false }, (n) => running.push(n));
    const numbers = (work: () => unknown) => {
      running.length = 0;
      work();
      // Each call for a pattern is followed by one that it is done.
      expect(running.every((n, i) => i % 2 === 0 || n === undefined)).toBe(true);
      return [...new Set(running)].filter((n) => n !== undefined);
    };
    expect(numbers(() => run.encode('the end\n', false))).toEqual([0, 1, 2]);
    expect(numbers(() => run.decode(textIds('the'), false))).toEqual([3]);
    expect(run.decode(textIds('the end'), false)).toBe('thE End');
    const ids = (text: string) => [...run.encode(text, false).ids];
    expect(ids('thx end')).toEqual([...textIds('tha e'), ...textIds('n'), ...textIds('d')]);
    expect(ids('qqq')).toEqual(textIds('eeq'));
  });

  it('have numbers too where their steps do not use them', () => {
    const parts = { ...PARTS, normalizer: { type: 'NFC', pattern: { Regex: 'x' } } };
    expect(patternsOf(file(parts)).map(({ text }) => text)).toEqual(['x', 'n', '\\n(?!\\n)', 'e+']);
    const running = new Set<number | undefined>();
    const run = makeRun(file(parts), { clean_up_tokenization_spaces: false }, (n) => running.add(n));
    run.encode('the end\n', false);
    expect([...running]).toEqual([1, undefined, 2]);
  });

  it('are not those that kinds of steps have of their own', () => {
    const digits = { type: 'Digits', individual_digits: true };
    const pre_tokenizer = several('pretokenizers', digits, { ...bytes, use_regex: true });
    const running: unknown[] = [];
    const run = makeRun(file({ pre_tokenizer }), { clean_up_tokenization_spaces: false }, (n) =>
      running.push(n),
    );
    expect(run.decode([...run.encode('the end 12', false).ids], false)).toBe('the end 12');
    expect(running).toEqual([]);
  });
});

describe('a run', () => {
  const made = (parts: Readonly<Record<string, Json>> = {}) =>
    makeRun(file(parts), { clean_up_tokenization_spaces: false }, () => {});

  it('encodes with what its post-processor adds, or without, and decodes special tokens or not', () => {
    const [s, e] = [control('<s>'), control('</s>')];
    const run = made({
      post_processor: {
        type: 'TemplateProcessing',
        single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
        pair: [],
        special_tokens: { '<s>': { id: '<s>', ids: [s], tokens: ['<s>'] } },
      },
    });
    const the = textIds('the');
    expect(run.encode('the', true)).toEqual({ ids: Int32Array.of(s, ...the), unknown: undefined });
    expect(run.encode('the', false)).toEqual({ ids: Int32Array.from(the), unknown: undefined });
    expect(run.decode([s, ...the, e], true)).toBe('<s>the</s>');
    expect(run.decode([s, ...the, e], false)).toBe('the');
  });

  it('ends a text behind a character of two units, and not inside it', () => {
    const ids = (text: string, normalizer: Json) =>
      made({ normalizer, pre_tokenizer: bytes }).encode(text, false).ids;
    expect(ids('a\u{1F600}', replace({ Regex: '\\z' }, 'e'))).toEqual(ids('a\u{1F600}e', null));
  });

  it('names the first token without an id, wherever it is', () => {
    const unigram = {
      model: { type: 'Unigram', vocab: [['a', -1]] },
      added_tokens: [],
      pre_tokenizer: null,
    };
    const run = made(unigram);
    expect(run.encode('aa', true)).toEqual({ ids: Int32Array.of(0, 0), unknown: undefined });
    expect(run.encode('ba', true)).toEqual({ ids: new Int32Array(), unknown: 'b' });
    expect(run.encode('aba', true)).toEqual({ ids: new Int32Array(), unknown: 'b' });
    expect(run.encode('bac', true)).toEqual({ ids: new Int32Array(), unknown: 'b' });
  });
});
