/** Regular expressions from files: they match what JavaScript's engine matches, and never hang. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Tokenizer as Implementation } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { limits } from '../../../compiler/limits.ts';
import { isObject, type Json, parseJson } from '../../../src/formats/json.ts';
import { linear } from '../../../src/formats/patterns/linear.ts';
import { matchesBy } from '../../../src/formats/patterns/text-pattern.ts';
import { Fields } from '../../../src/formats/peft/fields.ts';
import { targeting } from '../../../src/formats/peft/targets.ts';
import { makeTokenizer } from '../../../src/formats/tokenizer/index.ts';
import { runs } from '../../support/runs.ts';
import { refused } from './models.ts';
import { first, LORA, lora } from './peft.ts';

/** Random regular expressions of all forms that the linear-time engine supports. */
const expressions = fc.letrec<{ one: string; many: string; any: string }>((tie) => ({
  one: fc.oneof(
    fc.constantFrom('a', 'b', ' ', '.', '\\s', '\\S', '\\w', '\\d', '\\p{L}', '[^a]', '[ab]', '[^\\s\\p{L}]'),
    fc.constantFrom(
      '(?<![\\s\\S])',
      '(?![\\s\\S])',
      '(?:(?<![\\s\\S])|(?<=\\n))',
      '(?:(?=\\n)|(?![\\s\\S]))',
    ),
    fc.constantFrom('^', '$', '\\b', '\\B', '[]', '[^]', 'é', '\\u{1F600}', '\\x41', '\\/'),
    fc.tuple(tie('any'), tie('any')).map(([a, b]) => `(?:${a}|${b})`),
    tie('any').map((a) => `(${a})`),
  ),
  many: fc.oneof(
    { weight: 2, arbitrary: tie('one') },
    fc
      .tuple(tie('one'), fc.constantFrom('*', '+', '?', '*?', '+?', '??', '{2}', '{0,2}', '{1,}?'))
      .map(([a, q]) => (/^(?:[$^]|\\[bB]|\(\?<?!.*)$/.test(a) ? a : a + q)),
  ),
  any: fc.array(tie('many'), { maxLength: 3, depthIdentifier: 'any' }).map((parts) => parts.join('')),
})).any;
const texts = fc.array(
  fc.constantFrom('a', 'b', ' ', 'é', '1', '\n', '\u2028', 'A', '/', '\u{1F600}', '\ud83d', '\u0085'),
  { maxLength: 12 },
);

const found = (matches: Iterable<{ readonly 0: string; readonly index: number }>) =>
  Array.from(matches, (m) => [m[0], m.index]);

describe('the linear engine', () => {
  it("finds what JavaScript's engine finds", () => {
    let compared = 0;
    fc.assert(
      fc.property(expressions, texts, (source, parts) => {
        const text = parts.join('');
        // V8 matches inside a surrogate pair here, against the specification.
        if (/\(\?<?[!=]|\\B/.test(source) && /[\u{10000}-\u{10ffff}]/u.test(text)) return;
        const regexp = new RegExp(source, 'gu');
        expect(linear(regexp, 'found')?.(text, 0) !== undefined).toBe(new RegExp(source, 'u').test(text));
        const find = linear(regexp, 'extent');
        if (!find) return;
        compared++;
        expect(found(matchesBy(find)(text))).toEqual(found(text.matchAll(regexp)));
        const last = `(?:${source})(\\w*)`;
        const groups = linear(new RegExp(last, 'u'), 'groups')?.(text, 0)?.groups;
        expect(groups?.at(-1)).toEqual(new RegExp(last, 'u').exec(text)?.at(-1));
      }),
      {
        ...runs(400, 20_000),
        examples: [
          ['a|', ['b', 'a', '\u{1F600}']],
          ['', ['a', '\u{1F600}']],
          ['^|b', ['a', 'b']],
        ],
      },
    );
    expect(compared).toBeGreaterThan(50);
  });

  it.each(['(?=a)', '(?!a)b', '(?<=a)b', '(?<!a)b', '(a)\\1', '(?:a*)*', 'a{1,2000}'])(
    'leaves %j to the other engine',
    (source) => {
      expect(linear(new RegExp(source, 'gu'), 'extent')).toBeUndefined();
    },
  );
});

const path = fileURLToPath(new URL('../../fixtures/models/shakespeare/tokenizer.json', import.meta.url));
const json = parseJson(readFileSync(path, 'utf8'), path);
const make = (changes: Readonly<Record<string, Json>>) =>
  makeTokenizer({ ...(isObject(json) ? json : {}), ...changes }, {}, 't.json');
const bytes = { type: 'ByteLevel', add_prefix_space: false, use_regex: false };
const split = (Regex: string, more: Readonly<Record<string, Json>> = {}): Json => ({
  type: 'Sequence',
  pretokenizers: [{ type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false, ...more }, bytes],
});

/** Tokenizer pipelines with the patterns of Llama 3, GPT-2 and others. */
const REAL: readonly Readonly<Record<string, Json>>[] = [
  {
    pre_tokenizer: split(
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
    ),
  },
  {
    pre_tokenizer: split(
      "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
    ),
  },
  { pre_tokenizer: split('\\p{N}{1,3}') },
  { pre_tokenizer: split('[0-9]', { behavior: 'Removed' }) },
  { normalizer: { type: 'Replace', pattern: { Regex: ' {2,}' }, content: '  ' } },
  {
    decoder: {
      type: 'Sequence',
      decoders: [{ type: 'Replace', pattern: { Regex: 'Ġ+' }, content: ' ' }, { type: 'Fuse' }],
    },
  },
];
const TEXT = "Two  lights, 12345 of them:\n\n  don't   STOP 😀 — é\t\u00a0 x1x2\r\n ";

/** The time limit of a pattern in seconds. A refusal takes all of it, so all tests but one set a tenth. */
const whole = limits.patternSeconds.most;
const setLimit = (most: number) => Object.assign(limits.patternSeconds, { most });
beforeEach(() => setLimit(whole / 10));
afterEach(() => setLimit(whole));

describe("a tokenizer's patterns", () => {
  it.each(REAL)('give the ids that the implementation gives by itself: %j', (changes) => {
    const t = make(changes);
    const raw = new Implementation(
      { ...(isObject(json) ? json : {}), ...changes },
      { clean_up_tokenization_spaces: false },
    );
    const ids = t.encode(TEXT);
    expect([...ids]).toEqual(raw.encode(TEXT).ids);
    expect(t.decode(ids)).toBe(raw.decode([...ids]));
  });

  it('have no groups, as in the library that made the file', () => {
    const removed = make({ pre_tokenizer: split('([0-9])(?=x)x?', { behavior: 'Removed' }) });
    expect(removed.decode(removed.encode('a1xb'))).toBe('ab');
    for (const pattern of [{ Regex: '(b)' }, { Regex: '(b)(?=c)' }, { String: 'b' }]) {
      const replaced = make({ normalizer: { type: 'Replace', pattern, content: '$1$&' } });
      expect(replaced.decode(replaced.encode('abc'))).toBe('a$1$&c');
    }
  });

  it.each(['(a+)+$', '(a|a)*b', '([a-z]+)*!', '(x+x+)+y|(a+a+)+c'])(
    'that the linear engine expresses never hang: %s',
    (Regex) => {
      const text = 'a'.repeat(60);
      for (const changes of [
        { pre_tokenizer: split(Regex) },
        { pre_tokenizer: split(Regex, { behavior: 'Removed' }) },
        { normalizer: { type: 'Replace', pattern: { Regex }, content: 'b' } },
        { decoder: { type: 'Replace', pattern: { Regex }, content: 'b' } },
      ]) {
        const t = make(changes);
        const plain = make({}).encode(`${text}?`);
        expect(t.decode(plain)).toMatch(/^[ab]+\?$/);
        expect(t.encode(`${text}?`).length).toBeGreaterThan(0);
      }
    },
  );

  it.each([
    ['pre_tokenizer', { pre_tokenizer: split('(?=(a+)+b)a') }],
    ['normalizer', { normalizer: { type: 'Replace', pattern: { Regex: '(?=(a+)+b)a' }, content: 'b' } }],
  ])('with lookahead are refused in time, by name: %s', async (part, changes) => {
    const t = make(changes);
    const text = 'a'.repeat(60);
    const message = `t.json: "${part}": the pattern "(?=(a+)+b)a" takes too long on this text`;
    await refused(() => t.encode(text), 'UnsupportedOption', message);
    // The tokenizer still encodes other texts.
    expect(t.decode(t.encode('ab'))).toBe(part === 'normalizer' ? 'bb' : 'ab');
  });

  it('with lookahead are refused in time where they decode', async () => {
    setLimit(whole);
    const t = make({
      decoder: {
        type: 'Sequence',
        decoders: [{ type: 'Fuse' }, { type: 'Replace', pattern: { Regex: '(?=(a+)+b)a' }, content: 'b' }],
      },
    });
    const ids = make({}).encode('a'.repeat(60));
    await refused(
      () => t.decode(ids),
      'UnsupportedOption',
      '"decoder": the pattern "(?=(a+)+b)a" takes too long',
    );
  });

  it('have a length that is limited', async () => {
    await refused(
      () => make({ pre_tokenizer: split('a'.repeat(10_001)) }),
      'UnsupportedOption',
      /"pre_tokenizer": 10,001 characters in a regular expression.*the limit is 10,000/,
    );
  });

  it('that are no regular expressions are refused when the tokenizer is opened', async () => {
    await refused(
      () => make({ pre_tokenizer: split('(') }),
      'InvalidTokenizer',
      'it cannot be used: Invalid regular',
    );
  });
});

const Q = 'model.layers.0.self_attn.q_proj';
const LONG = `model.${'a'.repeat(60)}.q_proj`;
const means = (fields: Readonly<Record<string, Json>>, module: string): boolean =>
  targeting(new Fields({ peft_type: 'LORA', ...fields }, 'f'), [])(module);

describe("an adapter's patterns", () => {
  it.each(['(a+)+$', '(.*a)+b', '((a|a)+.?)+!', '(.|a)*c'])('in target_modules never hang: %s', (pattern) => {
    expect(means({ target_modules: pattern }, LONG)).toBe(false);
    expect(means({ target_modules: ['q_proj'], exclude_modules: pattern }, LONG)).toBe(true);
    expect(
      means({ target_modules: ['q_proj'], layers_to_transform: [1], layers_pattern: pattern }, LONG),
    ).toBe(false);
  });

  it('with lookahead mean what they say', () => {
    expect(means({ target_modules: '.*\\.(?!k_)[a-z]_proj' }, Q)).toBe(true);
    expect(means({ target_modules: '.*\\.(?!q_)[a-z]_proj' }, Q)).toBe(false);
    expect(means({ target_modules: '.*(?P<x>l)ayers.*(?P=x)f_attn.*' }, Q)).toBe(true);
    const layers = { target_modules: ['q_proj'], layers_pattern: '(?=l)layers' };
    expect([0, 1].map((l) => means({ ...layers, layers_to_transform: [l] }, Q))).toEqual([true, false]);
  });

  it('with lookahead are refused in time, by name', async () => {
    for (const name of ['target_modules', 'exclude_modules'] as const)
      await refused(
        () => means({ target_modules: ['q_proj'], [name]: '.*(?=(a+)+b)a' }, LONG),
        'UnsupportedOption',
        `f: "${name}": ".*(?=(a+)+b)a" takes too long on "${LONG}"`,
      );
  });

  it.each(['rank_pattern', 'alpha_pattern'])('in %s never hang', async (name) => {
    const fields = (pattern: string): Json => ({ ...LORA, [name]: { [pattern]: 4 } });
    expect(first(fields('([a-z_.0-9]+)+!'), lora).config).toEqual({ scale: 2 });
    await refused(
      () => first(fields('(?=(([a-z_.0-9]+)+)+!)q_proj'), lora),
      'UnsupportedOption',
      `"${name}": "(?=(([a-z_.0-9]+)+)+!)q_proj" takes too long`,
    );
  });
});
