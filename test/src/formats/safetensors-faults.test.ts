/** Safetensors headers with one token changed, other formats, and JSON of every kind: all messages are golden. */
import { describe, expect, it } from 'vitest';
import { SafetensorsError } from '../../../src/formats/safetensors/index.ts';
import { JsonReader } from '../../../src/formats/safetensors/json.ts';
import { parseSafetensors } from '../../support/safetensors.ts';
import { fileOf } from './safetensors-helpers.ts';

/** The result of a call, or the code and message of its error. */
function outcome(run: () => unknown): string {
  try {
    return JSON.stringify(run()) ?? 'undefined';
  } catch (error) {
    if (error instanceof SafetensorsError) return `${error.code} ${error.tensor}: ${error.message}`;
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}

const HEADER =
  '{ "__metadata__" : {"format":"pt","n":"1"}, "b":{"dtype":"F32","shape":[2,3],"data_offsets":[4,28]} ,' +
  '"a\\u0062":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"more":[1,{"x":null}]}, "c":{"data_offsets":[28,30],"dtype":"F16","shape":[]}}';
const DATA = 30;
const TOKENS = HEADER.match(/"[^"]*"|[0-9]+|[a-z]+|\s+|[^\s]/g)!;

/** The tensors and metadata of a header, or its error without what every one says. */
const parsed = (header: string, data = DATA) =>
  outcome(() => {
    const { tensors, metadata } = parseSafetensors(fileOf(header, data), 'm');
    return [[...tensors.values()].map((t) => Object.values(t).join(' ')), metadata && [...metadata]];
  })
    .replace(' The file is damaged or not safetensors: download or write it again.', '')
    .replace(/ is none of BOOL, .*U64\./, ' is none of those known.')
    .replace('InvalidHeaderDeserialization', 'Invalid');

/** The tokens to try in place of one, by its kind. */
function others(token: string): readonly string[] {
  if (/^\d/.test(token)) {
    const n = Number(token);
    return [
      `${n + 1}`,
      `${n - 1}`,
      '0',
      '-0',
      '1.0',
      '1e1',
      '01',
      '""',
      '9007199254740991',
      '9007199254740993',
    ];
  }
  if (token.startsWith('"'))
    return ['1', '"b"', '"a\\u0062"', '"dtype"', '"F4"', '"__metadata__"', '"\\ud800"', '"'];
  return ['}', ']', ',', '1'].filter((other) => other !== token);
}

describe('a header', () => {
  it('with any token left out or replaced', async () => {
    const lines = TOKENS.flatMap((token, i) =>
      ['', ...others(token)].map(
        (other) => `${i} ${token} → ${other} ${parsed(TOKENS.with(i, other).join(''))}`,
      ),
    );
    expect(parsed(HEADER)).not.toMatch('Invalid');
    await expect(`${[...new Set(lines)].join('\n')}\n`).toMatchFileSnapshot('safetensors-faults/tokens.txt');
  });

  it('for data of other lengths, and cut at any character', async () => {
    const lines = [
      ...[0, 29, 30, 31].map((data) => `${data} bytes: ${parsed(HEADER, data)}`),
      ...TOKENS.map((_, i) => `${i} tokens: ${parsed(TOKENS.slice(0, i).join(''))}`),
    ];
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('safetensors-faults/lengths.txt');
  });

  it('of tensors of any size', async () => {
    const shapes = [
      '[]',
      '[0]',
      '[1]',
      '[2,2]',
      '[8]',
      '[3]',
      '[4,1]',
      '[0,9007199254740991]',
      '[9007199254740992,0]',
    ];
    const sizes = [
      '[94906265,94906265]',
      '[94906267,94906267]',
      '[140737488355327]',
      '[140737488355328]',
      '[1125899906842623]',
      '[1125899906842624]',
    ];
    const dtypes = ['BOOL', 'F4', 'F6_E2M3', 'I16', 'F64', 'C64'];
    const lines = dtypes.flatMap((dtype) =>
      [...shapes, ...sizes].map((shape) => {
        const of = (end: number) =>
          parsed(`{"t":{"dtype":"${dtype}","shape":${shape},"data_offsets":[0,${end}]}}`, end);
        const [, needed] = /needs (\d+) bytes/.exec(of(7)) ?? [];
        const fits = needed !== undefined && Number(needed) < 64 ? of(Number(needed)) : '';
        return `${dtype} ${shape}: ${of(7)} ${fits}`.trimEnd();
      }),
    );
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('safetensors-faults/sizes.txt');
  });

  it('that another format begins with', async () => {
    const beginnings: Readonly<Record<string, readonly number[]>> = {
      zip: [0x50, 0x4b, 0x03, 0x04, 0xff, 0xff, 0xff, 0xff],
      'almost zip': [0x50, 0x4b, 0x03, 0x05, 0xff, 0xff, 0xff, 0xff],
      pickle: [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46],
      'almost a pickle': [0x80, 0x03, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46],
      NumPy: [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 0x01, 0x00],
      'a short length': [0x09, 0, 0, 0, 0, 0, 0, 0],
      'a short zip': [0x50, 0x4b, 0x03, 0x04, 0, 0, 0, 0],
      'a short pickle': [0x80, 0x02, 0, 0, 0, 0, 0, 0],
    };
    const names = [
      'a.safetensors',
      'x/a b.pt',
      'a.bin',
      'a.npz',
      'a.npy',
      'C:\\a.npy',
      'a',
      'a.b.pth',
      'a.ts',
      'a.mts',
      'a.cts',
      'a.tsx',
      'a.mtsx',
      'a.tst',
      'tsx',
    ];
    const lines = names.flatMap((name) =>
      Object.entries(beginnings).map(
        ([what, bytes]) =>
          `${what} in ${name}: ${outcome(() => parseSafetensors(Uint8Array.from(bytes), name))}`,
      ),
    );
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('safetensors-faults/formats.txt');
  });

  it('that is short of its own length', () => {
    const of = (bytes: readonly number[]) => outcome(() => parseSafetensors(Uint8Array.from(bytes), 'm'));
    const remedy = 'The file is damaged or not safetensors: download or write it again.';
    expect(of([])).toBe(
      `HeaderTooSmall undefined: m: the file has 0 bytes, and its header length alone takes 8. ${remedy}`,
    );
    expect(of([0, 0, 0, 0, 0, 0, 0])).toMatch(/the file has 7 bytes/);
    expect(of([0, 0, 0, 0, 0, 0, 0, 0])).toBe(
      `InvalidHeaderStart undefined: m: the header is empty. ${remedy}`,
    );
    expect(of([1, 0, 0, 0, 0, 0, 0, 0])).toBe(
      `InvalidHeaderLength undefined: m: the header claims 1 bytes, and only 0 follow its length. ${remedy}`,
    );
    expect(of([1, 0, 0, 0, 0, 0, 0, 0, 0x7b])).toMatch(/^InvalidHeaderDeserialization/);
  });

  it('of long names and shapes is shown cut short', () => {
    const of = (name: string, shape: readonly number[]) =>
      parsed(`{${JSON.stringify(name)}:{"dtype":"U8","shape":[${shape}],"data_offsets":[0,2]}}`, 2);
    const ones = (n: number) => Array<number>(n).fill(1);
    for (const [length, shown] of [
      [119, 'n'.repeat(119)],
      [120, 'n'.repeat(120)],
      [121, `${'n'.repeat(120)}…`],
    ] as const)
      expect(of('n'.repeat(length), [1])).toMatch(`m: tensor "${shown}": shape [1] of U8 needs 1 bytes`);
    for (const [length, shown] of [
      [15, ones(15).join()],
      [16, ones(16).join()],
      [17, `${ones(16).join()},… 17 dims`],
    ] as const)
      expect(of('t', ones(length))).toBe(
        `TensorInvalidInfo t: m: tensor "t": shape [${shown}] of U8 needs 1 bytes, and data_offsets [0,2] hold 2.`,
      );
  });

  it('asks for one of the tensors that there are, of which it names five', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    for (const [n, text] of [
      [0, 'no such tensor among the 0 here. The file holds none.'],
      [1, 'no such tensor among the 1 here. Ask for one of them, such as "a".'],
      [5, 'among the 5 here. Ask for one of them, such as "a", "b", "c", "d", "e".'],
      [6, 'among the 6 here. Ask for one of them, such as "a", "b", "c", "d", "e".'],
    ] as const) {
      const entries = names
        .slice(0, n)
        .map((name) => `"${name}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`);
      const file = parseSafetensors(fileOf(`{${entries}}`), 'm');
      expect(outcome(() => file.bytes('x'))).toMatch(text);
    }
  });
});

describe('JSON', () => {
  const TEXTS = [
    ...[
      '',
      ' ',
      '0',
      '-0',
      '-1',
      '1.5',
      '1.',
      '.5',
      '-',
      '+1',
      '1e5',
      '1E+5',
      '1e-5',
      '1e',
      '00',
      '0x1',
      '1e308',
      '1e309',
      '-1e309',
    ],
    ...['true', 'false', 'null', 'tru', 'fals', 'nul', 'trues', 'nil', 'none', 'True', 'truefalse'],
    ...[
      '"',
      '""',
      '"a"',
      '"a',
      '"\\"',
      '"\\""',
      '"\\n\\u0041\\ud83d\\ude00"',
      '"\\ud83d"',
      '"\\x"',
      '"\u001f"',
      '"\u0020"',
      '"\u007f\u00e9"',
      '"a""b"',
    ],
    ...[
      '[]',
      '[ ]',
      '[1]',
      '[1,2]',
      '[1, 2 ]',
      '[,]',
      '[1,]',
      '[1 2]',
      '[1',
      '[',
      ']',
      '[1,,2]',
      '[1}',
      '[[],[[]]]',
      '[1] [2]',
    ],
    ...[
      '{}',
      '{ }',
      '{"a":1}',
      '{ "a" : 1 , "b" : {} }',
      '{"a" 1}',
      '{"a":}',
      '{a:1}',
      '{"a":1,}',
      '{"a":1 "b":2}',
      '{"a":1',
      '{"a"',
      '{',
      '}',
      '{,}',
      '{"a":1]',
      '{1:2}',
    ],
    ...[
      '{"a":1,"a":2}',
      '{"a":1,"\\u0061":2}',
      '{"a":{"a":1}}',
      '{"__proto__":1,"constructor":2}',
      '\t\n\r [1\t,\n2\r]\t',
      '\u00a0[1]',
      '\ufeff1',
      '1\u0000',
      '1 x',
    ],
    ...[
      `"${'x'.repeat(40)}`,
      `${'y'.repeat(40)}`,
      `{"${'k'.repeat(40)}":1,"${'k'.repeat(40)}":2}`,
      `[${'7'.repeat(30)}x]`,
    ],
  ];
  const readings: Readonly<Record<string, (reader: JsonReader) => unknown>> = {
    value: (reader) => reader.value(),
    skip: (reader) => reader.skip(),
    natural: (reader) => reader.natural(),
    string: (reader) => reader.string(),
  };
  const read = (text: string, reading: (reader: JsonReader) => unknown) =>
    outcome(() => {
      const reader = new JsonReader(text, (problem, at) => new RangeError(`at ${at}: ${problem}`));
      const value = reading(reader) ?? null;
      reader.end();
      return value;
    });

  it('of every kind is read, and skipped', async () => {
    const lines = TEXTS.map((text) => {
      const by = new Map<string, string[]>();
      for (const [name, reading] of Object.entries(readings)) {
        const of = read(text, reading);
        by.set(of, [...(by.get(of) ?? []), name]);
      }
      return `${JSON.stringify(text)}\n${[...by].map(([of, names]) => `  ${names.join(', ')}: ${of}\n`).join('')}`;
    });
    await expect(lines.join('')).toMatchFileSnapshot('safetensors-faults/json.txt');
  });
});
