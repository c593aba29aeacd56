/** The growth of a text by the steps of a tokenizer: how much longer it may get, and from where on a thread runs it. */
import { afterEach, describe, expect, it } from 'vitest';
import { limits } from '../../../../compiler/limits.ts';
import { isObject, type Json } from '../../../../src/formats/json.ts';
import { checked } from '../../../../src/formats/schema.ts';
import { tokenizerFile } from '../../../../src/formats/tokenizer/file.ts';
import { mayFillMemory } from '../../../../src/formats/tokenizer/growth.ts';
import { tokenizerJson } from '../chat/tokenizer.ts';
import { refused } from '../models.ts';

const { most } = limits.textGrowth;
const setLimit = (times: number) => Object.assign(limits.textGrowth, { most: times });
afterEach(() => setLimit(most));

const made = tokenizerJson();
const base = isObject(made) ? made : {};
const growing = (parts: Readonly<Record<string, Json>>): boolean => {
  const json = { ...base, pre_tokenizer: null, decoder: null, ...parts };
  return mayFillMemory(checked(tokenizerFile, json, { file: 't.json' }, 'InvalidTokenizer', ''), 't.json');
};

const replace = (found: string, content: string | null): Json => ({
  type: 'Replace',
  pattern: { String: found },
  content,
});
const regex = (content: string): Json => ({ type: 'Replace', pattern: { Regex: 'a+' }, content });
const prepend = (text: string): Json => ({ type: 'Prepend', prepend: text });
const several = (...normalizers: readonly Json[]): Json => ({
  type: 'Sequence',
  normalizers: [...normalizers],
});
const pieces = (n: number): Json => Array.from({ length: n }, () => ({ Sequence: { id: 'A' } }));
const NFC: Json = { type: 'NFC' };

it('the first of several parts that lengthen a text too much is named', async () => {
  const step = regex('b'.repeat(257));
  const names = ['normalizer', 'pre_tokenizer', 'post_processor', 'decoder'];
  for (const [i, name] of names.entries()) {
    const parts = Object.fromEntries(names.slice(i).map((part) => [part, step]));
    await refused(() => growing(parts), 'InvalidTokenizer', `"${name}": 257 times`);
  }
});

it('steps under several names of one step follow each other as the parts of a tokenizer do', () => {
  const names = ['normalizers', 'pretokenizers', 'processors', 'decoders'];
  for (const [i, name] of names.slice(1).entries()) {
    // The second step lengthens what the first wrote: the other way round, they are apart.
    const steps = { [names[i]!]: [replace('a', 'b'.repeat(5))], [name]: [replace('b', 'c'.repeat(5))] };
    expect(growing({ normalizer: { type: 'Sequence', ...steps } })).toBe(true);
  }
});

describe('a normalizer', () => {
  it.each<[Json, number]>([
    [NFC, 1],
    [several(), 1],
    // The longest text for one character.
    [replace('a', 'bb'), 2],
    [replace('a', ''), 1],
    [replace('a', null), 1],
    [replace('abc', 'x'), 1],
    [replace('ab', 'xyz'), 2],
    [replace('ab', 'wxyz'), 2],
    [replace('ab', 'vwxyz'), 3],
    // An empty text is found beside every character.
    [replace('', 'x'), 2],
    [replace('', 'xyz'), 4],
    [replace('', ''), 1],
    [regex('xyz'), 3],
    [regex(''), 1],
    [{ type: 'Strip', replacement: 'abcd' }, 4],
    [{ type: 'Strip', str_rep: 'abcde' }, 5],
    [{ type: 'Strip', replacement: 'abcd', str_rep: 'abc', content: 'ab' }, 4],
    [{ type: 'Strip', content: 'ab', single: [] }, 2],
    // A prefix of a text of any length counts once.
    [prepend('abc'), 4],
    [prepend(''), 1],
    // Texts that are not in what steps before wrote are apart.
    [several(replace('a', 'bb'), replace('c', 'ddd')), 3],
    [several(replace('a', 'bbb'), replace('c', 'dd')), 3],
    [several(replace('a', 'bb'), replace('b', 'cc')), 4],
    [several(replace('a', 'bb'), replace('b', '')), 2],
    [several(replace('a', 'bb'), replace('xb', 'cccc')), 4],
    [several(replace('a', 'xb'), replace('cb', 'dddd')), 4],
    [several(replace('a', 'bb'), replace('x', 'y'), replace('b', 'zzz')), 6],
    [several(replace('a', 'b'), replace('c', 'd'), replace('d', 'ee'), replace('e', 'ff')), 4],
    [several(replace('a', 'bb'), replace('', 'x')), 4],
    [several(prepend('ab'), replace('c', 'dd')), 3],
    [several(prepend('ab'), replace('a', 'cc')), 6],
    [several(prepend('ab'), prepend('ab')), 5],
    [several(replace('c', 'dd'), prepend('ab'), replace('d', 'ee')), 8],
    // A step that changes characters may write any, unless none was written before it.
    [several(NFC, replace('a', 'bb'), replace('c', 'dd')), 2],
    [several(replace('a', 'bb'), NFC, replace('c', 'dd')), 4],
    [several(regex('xy'), replace('q', 'zz')), 4],
    [several(regex('xy'), replace('q', 'zz'), replace('r', 'zz')), 8],
    [several(regex('xy'), regex('xyz')), 6],
    [several(regex('xy'), prepend('abc'), replace('q', 'zz')), 10],
    [several(regex('x'), replace('q', 'zz'), replace('r', 'zz')), 2],
    [several(replace('a', 'bb'), several(replace('b', 'cc'), replace('c', 'dd'))), 8],
  ])('%j may make a text so many times longer: %j', async (normalizer, times) => {
    setLimit(times);
    expect(growing({ normalizer })).toBe(false);
    setLimit(times - 1);
    const found = `t.json: "normalizer": ${times} times that the steps of a tokenizer may lengthen a text: the limit is ${times - 1}`;
    await refused(() => growing({ normalizer }), 'InvalidTokenizer', found);
  });

  it('may have its steps under the name of any part', async () => {
    for (const name of ['normalizers', 'pretokenizers', 'processors', 'decoders']) {
      const normalizer = { type: 'Sequence', [name]: [regex('xy'), regex('xyz')] };
      setLimit(6);
      expect(growing({ normalizer })).toBe(false);
      setLimit(5);
      await refused(() => growing({ normalizer }), 'InvalidTokenizer', '"normalizer": 6 times');
    }
  });
});

it('every part is run in a thread where it may make a text more than 16 times longer, and has a limit', async () => {
  const parts: readonly [string, (n: number) => Json][] = [
    ['normalizer', (n) => replace('a', 'b'.repeat(n))],
    ['pre_tokenizer', (n) => ({ type: 'Metaspace', str_rep: 'b'.repeat(n) })],
    ['post_processor', (n) => ({ type: 'TemplateProcessing', single: pieces(n) })],
    ['decoder', (n) => ({ type: 'Metaspace', replacement: 'b'.repeat(n) })],
  ];
  for (const [part, step] of parts) {
    expect([16, 17, 256].map((n) => growing({ [part]: step(n) }))).toEqual([false, true, true]);
    await refused(
      () => growing({ [part]: step(257) }),
      'InvalidTokenizer',
      `t.json: "${part}": 257 times that the steps of a tokenizer may lengthen a text: the limit is 256, because`,
    );
  }
  expect(growing({})).toBe(false);
});
