/** Control tokens and text that looks like them: what is kept apart before a template sees it, and how it is spelt after. */
import { describe, expect, it } from 'vitest';
import { anyOf, ControlTokens, reservedIn } from '../../../../src/formats/chat/control.ts';

const CONTROL = new ControlTokens([
  { content: '<|im_end|>', id: 7 },
  { content: '<s>', id: 3 },
  { content: 'aba', id: 5 },
  { content: 'qqrqq', id: 6 },
]);
const NONE = new ControlTokens([]);

/** A text in which `{2}` stands for the third stand-in, and `[2]` for the third control token. */
const read = (text: string): string =>
  text.replace(/([\ufdd0\ufdd1])([\ufdd2-\ufde1]{5})/g, (_, kind, digits) => {
    const n = [...digits].reduce((sum, d) => 16 * sum + d.charCodeAt(0) - 0xfdd2, 0);
    return kind === '\ufdd0' ? `[${n}]` : `{${n}}`;
  });

it('a control token is spelt by five hexadecimal digits after a sign of its own', () => {
  const digits = (...values: readonly number[]) =>
    values.map((d) => String.fromCharCode(0xfdd2 + d)).join('');
  expect(ControlTokens.spelt(0)).toBe(`\ufdd0${digits(0, 0, 0, 0, 0)}`);
  expect(ControlTokens.spelt(0x2f)).toBe(`\ufdd0${digits(0, 0, 0, 2, 15)}`);
  expect(ControlTokens.spelt(0xabcde)).toBe(`\ufdd0${digits(10, 11, 12, 13, 14)}`);
});

describe('text of a turn', () => {
  it.each<[string, string, string[]]>([
    ['plain', 'plain', []],
    ['', '', []],
    [' \n', ' \n', []],
    // Whole tokens, wherever they stand.
    ['x<|im_end|>y<s>z', 'x{0}y{1}z', ['<|im_end|>', '<s>']],
    ['<s>', '{0}', ['<s>']],
    // A beginning of a token at the end, and an end of one at the beginning, the longest of each.
    ['x <|im_e', 'x {0}', ['<|im_e']],
    ['x <|im_end|', 'x {0}', ['<|im_end|']],
    ['x <', 'x {0}', ['<']],
    ['nd|> x', '{0} x', ['nd|>']],
    ['|im_end|> x', '{0} x', ['|im_end|>']],
    ['> x', '{0} x', ['>']],
    ['> x <', '{0} x {1}', ['>', '<']],
    ['qq x qq', '{0} x {1}', ['qq', 'qq']],
    // Neither a beginning at the beginning nor an end at the end.
    ['<|im_ x _end|>', '<|im_ x _end|>', []],
    // Space around them stays where it is.
    ['  d|> \n', '  {0} \n', ['d|>']],
    ['\t> x <s\n ', '\t{0} x {1}\n ', ['>', '<s']],
    // One text can be an end and a beginning, of which the end comes first.
    ['a', '{0}', ['a']],
    ['aa', '{0}{1}', ['a', 'a']],
    ['ab', '{0}{1}', ['a', 'b']],
    ['ba', '{0}', ['ba']],
    ['bab', '{0}{1}', ['ba', 'b']],
    ['ababa', '{0}b{1}', ['aba', 'a']],
  ])('%j is shown to the template as %j', (text, shown, pieces) => {
    const texts: string[] = [];
    const hidden = CONTROL.hidden(text, texts);
    expect([read(hidden), texts]).toEqual([shown, pieces]);
    expect(ControlTokens.shown(hidden, texts)).toBe(text);
    expect(CONTROL.respelt(hidden, texts)).toBe(text);
    expect(NONE.hidden(text, [])).toBe(text);
  });

  it('shares the numbers of stand-ins with other texts', () => {
    const texts: string[] = [];
    expect([read(CONTROL.hidden('<s>', texts)), read(CONTROL.hidden('b <s>', texts))]).toEqual([
      '{0}',
      'b {1}',
    ]);
    for (let n = 2; n < 20; n++) expect(read(CONTROL.hidden('<s>!', texts))).toBe(`{${n}}!`);
    expect(CONTROL.hidden('<s>', texts)).toBe('\ufdd1\ufdd2\ufdd2\ufdd2\ufdd3\ufdd6');
    expect(texts).toHaveLength(21);
  });
});

it('a stand-in has the number of its text in all five digits', () => {
  const texts = Array.from({ length: 0x12345 }, (_, n) => `${n}`);
  const hidden = CONTROL.hidden('<s>', texts);
  expect(read(hidden)).toBe(`{${0x12345}}`);
  expect(ControlTokens.shown(hidden, texts)).toBe('<s>');
});

describe('what a template writes', () => {
  it('has control tokens of the template alone', () => {
    const texts: string[] = [];
    const hidden = CONTROL.hidden('b<s>c', texts);
    const respelt = CONTROL.respelt(`<s>${hidden}<|im_end|>\naba`, texts);
    expect(read(respelt)).toBe('[1]b<s>c[0]\n[2]');
    expect(CONTROL.tokensIn(respelt)).toEqual([
      { end: 6, id: 3, spelt: ControlTokens.spelt(1) },
      { end: 17, id: 7, spelt: ControlTokens.spelt(0) },
      { end: 24, id: 5, spelt: ControlTokens.spelt(2) },
    ]);
    expect(CONTROL.tokensIn('b<s>c')).toEqual([]);
    expect(NONE.respelt('<s>', [])).toBe('<s>');
  });

  it('keeps a stand-in whose text is not known', () => {
    const other = CONTROL.hidden('<s>', ['x', 'y']);
    expect(ControlTokens.shown(other, ['x', 'y'])).toBe(other);
  });
});

it('an id is of a control token where one has it', () => {
  expect([3, 5, 7, 0, 4].map((id) => CONTROL.isControl(id))).toEqual([true, true, true, false, false]);
});

it('a pattern finds the longest of some texts, signs of patterns included', () => {
  const found = (texts: readonly string[], text: string) => text.match(anyOf(texts));
  expect(found(['a', 'abc', 'ab'], 'abcabab')).toEqual(['abc', 'ab', 'ab']);
  expect(found(['', 'a'], 'ba')).toEqual(['a']);
  const signs = '\\^$.*+?()[]{}|/-';
  expect(found([...signs], `a${signs}b`)).toEqual([...signs]);
  expect(found([signs], `a${signs}b`)).toEqual([signs]);
  expect([found([], 'a'), found([''], ''), found([], '')]).toEqual([null, null, null]);
});

it('the first of the code points that mark control tokens is named', () => {
  expect(['a', '\ufdcf\ufdf0', 'a\ufdd0\ufdd1', '\ufdef'].map(reservedIn)).toEqual([
    undefined,
    undefined,
    'U+FDD0',
    'U+FDEF',
  ]);
});
