/** A pattern in the place of a RegExp: the methods of strings that call it, and the searches that it reports. */
import { describe, expect, it } from 'vitest';
import { answering, type Request } from '../../../../src/formats/patterns/answer.ts';
import type { Find } from '../../../../src/formats/patterns/linear.ts';
import { searchBy } from '../../../../src/formats/patterns/search.ts';
import { eachMatch, matchesBy, TextPattern } from '../../../../src/formats/patterns/text-pattern.ts';
import { checked } from '../../../../src/formats/schema.ts';
import { tokenizerFile } from '../../../../src/formats/tokenizer/file.ts';
import { textIds, tokenizerJson } from '../chat/tokenizer.ts';

/** Finds by JavaScript's engine, and notes where each search begins. */
function finding(regexp: RegExp): { readonly find: Find; readonly begun: number[] } {
  const begun: number[] = [];
  const find: Find = (text, from) => {
    begun.push(from);
    const search = new RegExp(regexp, 'gu');
    search.lastIndex = from;
    const match = search.exec(text);
    return match ? { start: match.index, end: match.index + match[0].length, groups: [] } : undefined;
  };
  return { find, begun };
}

describe('all matches', () => {
  it.each<[RegExp, string, [number, number][], number[]]>([
    [
      /b/u,
      'abcb',
      [
        [1, 2],
        [3, 4],
      ],
      [0, 2, 4],
    ],
    [/b/u, 'a', [], [0]],
    [
      /b*/u,
      'ab',
      [
        [0, 0],
        [1, 2],
        [2, 2],
      ],
      [0, 1, 2],
    ],
    [/(?:)/u, '', [[0, 0]], [0]],
    [
      /(?:)/u,
      'a\u{1f600}\uffff',
      [
        [0, 0],
        [1, 1],
        [3, 3],
        [4, 4],
      ],
      [0, 1, 3, 4],
    ],
    [
      /(?:)/u,
      '\u{10000}',
      [
        [0, 0],
        [2, 2],
      ],
      [0, 2],
    ],
  ])('of %s in %j are these', (regexp, text, extents, from) => {
    const { find, begun } = finding(regexp);
    expect(Array.from(eachMatch(find, text), ({ start, end }) => [start, end])).toEqual(extents);
    expect(begun).toEqual(from);
    expect(Array.from(matchesBy(find)(text))).toEqual(
      extents.map(([start, end]) => ({ 0: text.slice(start, end), index: start })),
    );
  });
});

describe('a text', () => {
  const calls: boolean[] = [];
  const of = (regexp: RegExp) => new TextPattern(matchesBy(finding(regexp).find), (is) => calls.push(is));
  const b = of(/b+/u);

  it('is matched, split and replaced as the library does, without groups', () => {
    expect([b[Symbol.match]('abbcb'), b[Symbol.match]('ac')]).toEqual([['bb', 'b'], null]);
    expect(Array.from(b[Symbol.matchAll]('abbcb'), (m) => [m[0], m.index])).toEqual([
      ['bb', 1],
      ['b', 4],
    ]);
    expect(['abbcb', 'bac', 'ac', ''].map((text) => b[Symbol.split](text))).toEqual([
      ['a', 'c', ''],
      ['', 'ac'],
      ['ac'],
      [''],
    ]);
    expect(['abbcb', 'ac', 'abb'].map((text) => b[Symbol.replace](text, '$&x'))).toEqual([
      'a$&xc$&x',
      'ac',
      'a$&x',
    ]);
    expect(b.flags).toBe('gu');
  });

  it('is searched between two calls, for each match and for the end', () => {
    calls.length = 0;
    const found = b[Symbol.matchAll]('abcb');
    expect(calls).toEqual([]);
    found.next();
    expect(calls).toEqual([true, false]);
    found.next();
    found.next();
    expect(calls).toEqual([true, false, true, false, true, false]);
  });
});

describe('a search', () => {
  it.each([
    ['linear', /a(b)?(c|d)/u],
    ['in a worker thread', /(?=a)a(b)?(c|d)/u],
  ])('%s finds a text or not, and its last group', (_, regexp) => {
    const search = searchBy(regexp, 'groups');
    expect([search.test('xacd'), search.test('xab'), search.test('')]).toEqual([true, false, false]);
    expect([search.lastGroup('xabd'), search.lastGroup('ac'), search.lastGroup('b')]).toEqual([
      'd',
      'c',
      undefined,
    ]);
  });

  it('that is linear has the last of several groups', () => {
    expect(searchBy(/(a)(b)/u, 'groups').lastGroup('xab')).toBe('b');
  });
});

describe('the thread of patterns', () => {
  const steps: number[] = [];
  const answer = answering((step) => steps.push(step));
  const asked = (request: Request) => {
    steps.length = 0;
    return [answer(request), [...steps]];
  };
  const search = (source: string, text: string): Request => ({ kind: 'search', source, flags: 'u', text });

  it('answers searches, each in one step', () => {
    expect(asked(search('a(b)?(c)', 'xac'))).toEqual([{ value: ['ac', undefined, 'c'] }, [1, 0]]);
    expect(asked(search('b', 'a'))).toEqual([{ value: undefined }, [1, 0]]);
    expect(asked(search('(', 'a'))).toEqual([
      { thrown: 'Invalid regular expression: /(/u: Unterminated group' },
      [0],
    ]);
  });

  it('answers for the tokenizer that it made, with the steps of its patterns', () => {
    expect(asked({ kind: 'encode', text: 'a', special: true })).toEqual([{ value: undefined }, [0]]);
    expect(asked({ kind: 'decode', ids: [1], special: true })).toEqual([{ value: undefined }, [0]]);
    const bytes = { type: 'ByteLevel', add_prefix_space: false, use_regex: false };
    const split = (Regex: string) => ({ type: 'Split', pattern: { Regex }, behavior: 'Isolated' });
    const pretokenizers = [split('\\n(?=a)'), split('b'), bytes];
    const file = tokenizerJson({ pre_tokenizer: { type: 'Sequence', pretokenizers } });
    const json = checked(tokenizerFile, file, { file: 't.json' }, 'InvalidTokenizer', '');
    expect(asked({ kind: 'open', json, config: { clean_up_tokenization_spaces: false } })).toEqual([
      { value: true },
      [0],
    ]);
    expect(asked({ kind: 'encode', text: 'a', special: true })).toEqual([
      { value: { ids: Int32Array.from(textIds('a')), unknown: undefined } },
      [1, 0, 2, 0, 0],
    ]);
    expect(asked({ kind: 'decode', ids: textIds('the end'), special: true })).toEqual([
      { value: 'the end' },
      [0],
    ]);
  });
});
