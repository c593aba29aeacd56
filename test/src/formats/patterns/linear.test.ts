/** The linear engine on single patterns: exact matches, and the patterns that it leaves to JavaScript's engine. */
import { describe, expect, it } from 'vitest';
import { type Detail, linear } from '../../../../src/formats/patterns/linear.ts';
import { rangesOf } from '../../../../src/formats/patterns/ranges.ts';

const find = (source: string, detail: Detail, text: string, from = 0) => {
  const match = linear(new RegExp(source, 'u'), detail)?.(text, from);
  return match && [match.start, match.end, ...match.groups];
};

describe('a match', () => {
  it.each<[string, string, number, readonly unknown[] | undefined]>([
    ['b', 'abcb', 0, [1, 2]],
    ['b', 'abcb', 2, [3, 4]],
    ['b', 'abcb', 4, undefined],
    ['b', '', 0, undefined],
    ['a|bc', 'bca', 0, [0, 2]],
    ['a|bc', 'bca', 1, [2, 3]],
    ['[b-d]', 'abe', 0, [1, 2]],
    ['[^a-c]', 'abd', 0, [2, 3]],
    ['[]', 'a', 0, undefined],
    ['[^]', '\n', 0, [0, 1]],
    ['.', '\na', 0, [1, 2]],
    // Repetitions, greedy and lazy.
    ['a{2}', 'aaa', 0, [0, 2]],
    ['a{0}b', 'ab', 0, [1, 2]],
    ['a{1,2}', 'aaa', 0, [0, 2]],
    ['a{2,}', 'aaab', 0, [0, 3]],
    ['a{1,2}?', 'aaa', 0, [0, 1]],
    ['a+?b', 'aab', 0, [0, 3]],
    ['a*', 'aab', 0, [0, 2]],
    ['a?', 'aab', 0, [0, 1]],
    ['(?:ab)+', 'xababa', 0, [1, 5]],
    ['(?:a*){2}', 'aab', 0, [0, 2]],
    // Edges of words, texts and lines.
    ['\\bb', 'ab b', 0, [3, 4]],
    ['\\Bb', 'b ab', 0, [3, 4]],
    ['^b', 'b', 0, [0, 1]],
    ['^b', 'a\nb', 0, undefined],
    ['b$', 'bb', 0, [1, 2]],
    ['b$', 'b\n', 0, undefined],
    ['(?<![\\s\\S])b', 'bb', 0, [0, 1]],
    ['(?<![\\s\\S])b', 'bb', 1, undefined],
    ['b(?![\\s\\S])', 'bb', 0, [1, 2]],
    ['(?:(?<![\\s\\S])|(?<=\\n))b', 'ab\nb', 0, [3, 4]],
    ['b(?:(?=\\n)|(?![\\s\\S]))', 'ba\nb\n', 0, [3, 4]],
    // Pairs of surrogates are one character.
    ['.', '\u{1f600}', 0, [0, 2]],
    ['\\u{1f600}', 'a\u{1f600}', 0, [1, 3]],
  ])('of %j in %j from %j is the first', (source, text, from, match) => {
    for (const detail of ['extent', 'groups'] as const)
      expect(find(source, detail, text, from)).toEqual(match);
    // JavaScript's engine finds the same.
    const sticky = new RegExp(source, 'gu');
    sticky.lastIndex = from;
    expect(sticky.exec(text)?.index).toBe(match?.[0]);
  });

  it('has the texts of its groups where they are asked for, unless they are repeated', () => {
    expect(find('(a)(b)?(c|d)', 'groups', 'xacd')).toEqual([1, 3, 'a', 'c']);
    expect(find('(a)(b)?(c|d)', 'extent', 'xacd')).toEqual([1, 3]);
    expect(find('(?:(a)b)+(c)', 'groups', 'ababc')).toEqual([0, 5, 'c']);
    expect(find('(?:x(?:(a)|(b)))(c)', 'groups', 'xbc')).toEqual([0, 3, undefined, 'b', 'c']);
  });

  it('is found in each of several texts', () => {
    const b = linear(/b+/u, 'extent');
    expect([
      b?.('ab', 0)?.start,
      b?.('b', 0)?.start,
      b?.('abbb', 0)?.end,
      b?.('abbb', 3)?.start,
      b?.('', 0),
    ]).toEqual([1, 0, 4, 3, undefined]);
  });
});

describe('a pattern', () => {
  const takes = (source: string, flags: string, detail: Detail) =>
    linear(new RegExp(source, flags), detail) !== undefined;

  it('has the flag u, and may have the flag g', () => {
    expect(['u', 'gu', '', 'g', 'iu', 'gsu', 'v'].map((flags) => takes('a', flags, 'found'))).toEqual([
      ...[true, true],
      ...[false, false, false, false, false],
    ]);
  });

  it('that looks around or back is left to the other engine, whatever is asked', () => {
    for (const source of ['(?=a)', '(?!a)b', '(?<=a)b', '(?<!a)b', '(a)\\1', '(?:a(?=b)c)*', 'a{1,2000}'])
      for (const detail of ['found', 'extent', 'groups'] as const)
        expect([source, detail, takes(source, 'u', detail)]).toEqual([source, detail, false]);
  });

  it('that nests too deeply for its parser is left to the other engine', () => {
    const deep = 20_000;
    expect(takes(`${'(?:'.repeat(deep)}a${')'.repeat(deep)}`, 'u', 'found')).toBe(false);
  });

  it('that is none is an error of the program', () => {
    const none = Object.defineProperty(/a/u, 'source', { value: '(' });
    expect(() => linear(none, 'found')).toThrow('Unterminated group');
  });

  it.each([
    ['(?:a*)*', false],
    ['(?:a?)+', false],
    ['(?:a|b*){0,2}', false],
    ['(?:a{0,1}b{0,1})*', false],
    ['(?:(?:a{0,2}){3})*', false],
    ['(?:(a|))*', false],
    ['(?:)*', false],
    ['(?:\\b)*', false],
    ['(?:\\b|a)*', false],
    ['(?:\\ba)*', true],
    ['(?:a*b)*', true],
    ['(?:ab*)*', true],
    ['(?:a|b)*', true],
    ['(?:(?:a{2}){3})*', true],
    ['(?:[ab]|\\s)+', true],
    ['(?:a*){2}', true],
    ['(?:a*)', true],
  ])('%j that repeats what may be empty is taken where only a match is asked for', (source, always) => {
    expect(takes(source, 'u', 'found')).toBe(true);
    for (const detail of ['extent', 'groups'] as const) expect(takes(source, 'u', detail)).toBe(always);
  });
});

describe('a class of characters', () => {
  it.each<[string, readonly (readonly [number, number])[]]>([
    ['a', [[97, 97]]],
    ['[a-c]', [[97, 99]]],
    [
      '[aceg-i]',
      [
        [97, 97],
        [99, 99],
        [101, 101],
        [103, 105],
      ],
    ],
    ['[]', []],
    ['[^]', [[0, 0x10ffff]]],
    [
      '[^b]',
      [
        [0, 97],
        [99, 0x10ffff],
      ],
    ],
    ['[\\u{ffff}\\u{10000}]', [[0xffff, 0x10000]]],
    [
      '[\\0\\u{10ffff}]',
      [
        [0, 0],
        [0x10ffff, 0x10ffff],
      ],
    ],
    ['[\\ud7ff-\\ue000]', [[0xd7ff, 0xe000]]],
    ['[\\ud800-\\udfff]', [[0xd800, 0xdfff]]],
    [
      '[\\ud800\\ud802]',
      [
        [0xd800, 0xd800],
        [0xd802, 0xd802],
      ],
    ],
    ['[\\u{1f600}-\\u{1f602}]', [[0x1f600, 0x1f602]]],
    ['\\d', [[48, 57]]],
  ])('%j has these ranges of code points', (characters, ranges) => {
    expect(rangesOf(characters)).toEqual(ranges);
    expect(rangesOf(characters), 'again').toEqual(ranges);
  });

  it('of a Unicode property has the code points that the engine says', () => {
    const ranges = rangesOf('\\p{Lu}');
    const one = /\p{Lu}/u;
    const isIn = (n: number) => ranges.some(([first, last]) => first <= n && n <= last);
    for (let n = 0; n <= 0x10ffff; n += 61) expect(isIn(n)).toBe(one.test(String.fromCodePoint(n)));
  });
});
