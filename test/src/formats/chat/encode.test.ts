/** Parts of a text as token ids: no token crosses from one part into the next, and the ids of the whole are kept where they can be. */
import { describe, expect, it } from 'vitest';
import { ControlTokens } from '../../../../src/formats/chat/control.ts';
import { PartsEncoder } from '../../../../src/formats/chat/encode.ts';
import type { Tokenizer } from '../../../../src/formats/tokenizer/index.ts';

const [S, E] = [ControlTokens.spelt(0), ControlTokens.spelt(1)];
/** The words of a small tokenizer, the longest first. The first two are control tokens. */
const WORDS = [S, E, 'abc', 'ab', 'bc', 'xx', 'a', 'b', 'c', 'x', '_'];
const CONTROL = new ControlTokens([
  { content: '<s>', id: 0 },
  { content: '<e>', id: 1 },
]);
const SHOWN: Readonly<Record<string, string>> = { [S]: '<s>', [E]: '<e>' };
const readable = (text: string): string => text.replaceAll(S, '<s>').replaceAll(E, '<e>');

/** Splits texts into the longest words from the left, and notes them. `before` is written before each text. */
function toy(before = ''): { readonly tokenizer: Tokenizer; readonly asked: string[] } {
  const asked: string[] = [];
  const encode = (text: string): number[] => {
    const id = WORDS.findIndex((word) => text.startsWith(word));
    return text === '' ? [] : [id, ...encode(text.slice(WORDS[id]!.length))];
  };
  const tokenizer: Tokenizer = {
    path: 't',
    kind: 'toy',
    words: WORDS.length,
    size: WORDS.length,
    encode(text, options) {
      expect(options).toEqual({ special: false });
      asked.push(readable(text));
      return Int32Array.from(encode(before + text));
    },
    decode: (ids) => Array.from(ids, (id) => WORDS[id]).join(''),
    id: (word) => WORDS.indexOf(word),
    token: (id) => WORDS[id],
  };
  return { tokenizer, asked };
}

/** The words of each part, with `|` between them, and the texts that the tokenizer was asked for. */
function encoded(parts: readonly string[], before?: string): [string, string] {
  const { tokenizer, asked } = toy(before);
  const found = new PartsEncoder(tokenizer, CONTROL).encode(parts);
  const words = found.map((ids) => Array.from(ids, (id) => SHOWN[WORDS[id]!] ?? WORDS[id]).join(' '));
  return [words.join(' | '), asked.join(', ')];
}

describe('the ids of parts', () => {
  it.each<[string, string[], string, string]>([
    ['of one part are those of the text', [`${S}abcx`], '<s> abc x', '<s>abcx'],
    ['of no text are none', ['', ''], ' | ', ''],
    ['of an empty part are none', [`${S}ab`, '', 'x'], '<s> ab |  | x', '<s>abx, <s>ab'],
    ['are those of the whole where no token crosses', ['ab', 'x', 'c'], 'ab | x | c', 'abxc, ab, abx'],
    [
      'begin again after each control token',
      [`${S}x`, `ab${E}`, `${S}c`, 'x'],
      '<s> x | ab <e> | <s> c | x',
      '<s>xab<e><s>cx, <s>x, <s>c',
    ],
    ['are cut where a token crosses', ['a', 'bc'], 'a | bc', 'abc, a, bc'],
    ['are cut after a control token', [`${S}a`, `b${E}x`], '<s> a | b <e> x', '<s>ab<e>x, <s>a, b'],
    [
      'are cut up to the next control token alone',
      [`x${S}a`, `bc${E}abc`, 'x'],
      'x <s> a | bc <e> abc | x',
      'x<s>abc<e>abcx, <s>a, bc, <e>abc',
    ],
    [
      'are cut twice without a control token between',
      [`${S}a`, 'b', `c${E}`, 'x'],
      '<s> a | b | c <e> | x',
      '<s>abc<e>x, <s>a, bc, b, c',
    ],
    [
      'are cut in several sections',
      [`${S}a`, `b${E}${S}x`, 'x'],
      '<s> a | b <e> <s> x | x',
      '<s>ab<e><s>xx, <s>a, b, <s>x, x',
    ],
    ['may end with a control token', [`${S}`, `${E}`], '<s> | <e>', '<s><e>'],
    [
      'may be a control token alone between two texts that are cut',
      ['a', `b${S}`, 'a', 'b'],
      'a | b <s> | a | b',
      'ab<s>ab, a, b, <s>a, b',
    ],
  ])('%s', (_, parts, words, asked) => {
    expect(encoded(parts)).toEqual([words, asked]);
  });

  it('are refused where a tokenizer writes something before each text that is cut', () => {
    expect(encoded([`${S}x`, 'ab'], '')[0]).toBe('<s> x | ab');
    expect(encoded(['x', 'ab'], '_')[0]).toBe('_ x | ab');
    expect(encoded(['', ''], '_')[0]).toBe(' | ');
    expect(() => encoded(['a', 'b'], '_')).toThrow(
      /^a token crosses into a response, and this tokenizer adds a space where a text is cut: end what/,
    );
  });

  it('are refused where plain text is read as a control token', () => {
    const reading = (ids: readonly number[]) => {
      const tokenizer: Tokenizer = { ...toy().tokenizer, encode: () => Int32Array.from(ids) };
      return () => new PartsEncoder(tokenizer, CONTROL).encode([`${S}x`]);
    };
    const message = 'the tokenizer reads text in it as a control token: write that text in another way';
    for (const ids of [[0, 9, 1], [9], [1, 9], [1, 0, 9], []]) expect(reading(ids)).toThrow(message);
    expect(reading([0, 9])()).toEqual([Int32Array.of(0, 9)]);
  });

  it('of a text that comes again are not asked for again, where it is short', () => {
    const { tokenizer, asked } = toy();
    const encoder = new PartsEncoder(tokenizer, CONTROL);
    const long = 'x'.repeat(400);
    for (const end of ['c', 'b']) {
      expect(encoder.encode([`${S}ab`, end]).map((ids) => [...ids])).toEqual([[0, 3], [WORDS.indexOf(end)]]);
      expect(encoder.encode([`${S}${long}`, end])[0]).toHaveLength(201);
      expect(encoder.encode(['ab', end])[0]).toEqual(Int32Array.of(3));
    }
    expect(asked.filter((text) => text === '<s>ab')).toHaveLength(1);
    expect(asked.filter((text) => text === `<s>${long}`)).toHaveLength(2);
    expect(asked.filter((text) => text === 'ab')).toHaveLength(1);
  });

  it('are kept of texts of up to 256 characters, and of a thousand texts', () => {
    const { tokenizer, asked } = toy();
    const encoder = new PartsEncoder(tokenizer, CONTROL);
    const timesAsked = (part: string): number => {
      asked.length = 0;
      for (let n = 0; n < 2; n++) encoder.encode([part, '_']);
      return asked.filter((text) => text === part).length;
    };
    expect([timesAsked('x'.repeat(256)), timesAsked('x'.repeat(257))]).toEqual([1, 2]);
    const text = (n: number) => n.toString(2).replaceAll('0', '_').replaceAll('1', 'x');
    for (let n = 0; n < 999; n++) encoder.encode([text(n), '_']);
    expect([998, 0, 999].map((n) => timesAsked(text(n)))).toEqual([0, 0, 2]);
  });
});
