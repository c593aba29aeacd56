/** Reading files of text and JSON, checking them by schemas, and the messages of what is wrong with them. */
import fs, { constants, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { counted, FormatError, listed, shownValue } from '../../../src/formats/error.ts';
import { hubAdvice } from '../../../src/formats/hub.ts';
import {
  formatJson,
  isObject,
  type Json,
  parseJson,
  readJsonFile,
  readText,
  sizeOf,
} from '../../../src/formats/json.ts';
import { readRegular as readWithin, UnreadableFile } from '../../../src/formats/read-regular.ts';
import { readRegular } from '../../../src/formats/regular.ts';
import {
  byName,
  checked,
  count,
  isByName,
  isNumber,
  isText,
  natural,
  positive,
} from '../../../src/formats/schema.ts';
import { sha256 } from '../../../src/formats/sha256.ts';
import { withFs, withMethod } from './effects.ts';
import { newFolder, thrown } from './files.ts';
import { openFilesOf } from './open-files.ts';

const folder = newFolder();
const at = (name: string) => join(folder, name);
writeFileSync(at('text'), 'é\u{10000}');
symlinkSync('text', at('link'));
writeFileSync(at('bytes'), Uint8Array.of(0x61, 0xff));
mkdirSync(at('sub'));

const messageOf = async (work: () => unknown): Promise<string> => {
  const error = await thrown(work);
  if (!(error instanceof Error)) throw error;
  return `${'code' in error ? error.code : error.name}: ${error.message}`.replaceAll(`${folder}/`, '');
};

describe('a text', () => {
  it('is read in UTF-8, through links too', async () => {
    for (const name of ['text', 'link']) expect(await readText(at(name), 'R')).toBe('é\u{10000}');
    expect(await sizeOf(at('text'))).toBe(6);
    expect(openFilesOf(folder)).toEqual([]);
  });

  it('that is missing, no file or not UTF-8 is refused', async () => {
    expect(await messageOf(() => readText(at('none'), 'Do so.'))).toBe(
      'MissingFile: none: there is no such file. Do so.',
    );
    expect(await messageOf(() => readText(at('text/none'), 'Do so.'))).toMatch(/^MissingFile: text\/none: /);
    expect(await sizeOf(at('none'))).toBeUndefined();
    expect(await messageOf(() => readText(at('bytes'), 'R'))).toBe(
      'InvalidJson: bytes: it is not UTF-8. Save it as UTF-8.',
    );
    for (const read of [
      () => readText(at('sub'), 'R'),
      () => readRegular(at('sub')),
      () => sizeOf(at('sub')),
    ])
      expect(await messageOf(read)).toBe('MissingFile: sub: it is not a regular file. Name a file.');
    const long = at('n'.repeat(300));
    expect(await messageOf(() => sizeOf(long))).toMatch(/^IoError: n+: cannot read its size: ENAMETOOLONG/);
    expect(openFilesOf(folder)).toEqual([]);
  });

  it('of the hub gets advice, where the folder is missing', async () => {
    const advice =
      "Name a folder. oftc downloads nothing: for 'org/na.me-1' of the Hugging Face Hub, run `hf download org/na.me-1`, and name the folder that it prints.";
    expect(hubAdvice('org/na.me-1')).toBe(advice);
    expect(await messageOf(() => readText('org/na.me-1/config.json', 'R'))).toBe(
      `MissingFile: org/na.me-1/config.json: there is no such file. ${advice}`,
    );
    for (const path of ['src/formats', 'org', './org/name', '/org/name', 'a/b/c', '-a/b', 'a/.b', 'a/', ''])
      expect(hubAdvice(path)).toBeUndefined();
  });

  it('is read within a limit, as far as the file goes', () => {
    const limit = { most: 6, counts: 'bytes', because: 'so' };
    expect(`${readWithin(at('text'), limit)}`).toBe('é\u{10000}');
    expect(() => readWithin(at('text'), { ...limit, most: 5 })).toThrow(UnreadableFile);
    expect(() => readWithin(at('sub'), limit)).toThrow(new UnreadableFile('it is no regular file'));
    expect(openFilesOf(folder)).toEqual([]);
  });

  it('is read in the parts that the system gives, until its end', () => {
    const { readSync } = fs;
    /** The text that is read two bytes at a time, and what is asked for; with the second part, `onSecond` is called. */
    const parts = (onSecond: () => void) => {
      writeFileSync(at('parts'), 'abcde');
      const asked: (readonly number[])[] = [];
      const two = (file: number, bytes: Buffer, begin: number, length: number, from: number): number => {
        if (asked.push([begin, length, from]) === 2) onSecond();
        if (asked.length > 9) throw new Error('it goes on after the end');
        return readSync(file, bytes, begin, Math.min(2, length), from);
      };
      const limit = { most: 5, counts: 'bytes', because: 'so' };
      return [`${withFs('readSync', two, () => readWithin(at('parts'), limit))}`, ...asked];
    };
    expect(parts(() => {})).toEqual(['abcde', [0, 5, 0], [2, 3, 2], [4, 1, 4]]);
    expect(parts(() => truncateSync(at('parts'), 3))).toEqual(['abc', [0, 5, 0], [2, 3, 2], [3, 2, 3]]);
  });

  it('is opened without waiting for the writer of a pipe', () => {
    const { openSync } = fs;
    const flags: number[] = [];
    const noting = (path: string, flag: number): number => {
      flags.push(flag);
      return openSync(path, flag);
    };
    withFs('openSync', noting, () => readWithin(at('text'), { most: 6, counts: 'bytes', because: 'so' }));
    expect(flags).toEqual([constants.O_RDONLY | constants.O_NONBLOCK]);
  });

  it('is closed where it cannot be read', async () => {
    const failing = () => () => Promise.reject(new Error('so'));
    expect(await withMethod('readFile', failing, () => messageOf(() => readRegular(at('text'))))).toMatch(
      /^IoError: text: cannot read it: so/,
    );
    expect(openFilesOf(folder)).toEqual([]);
  });
});

describe('JSON', () => {
  it('is named by its line and character', async () => {
    const of = (text: string) => messageOf(() => parseJson(text, 'j'));
    const remedy = 'Mend the file, or download it again.';
    expect(await of('x')).toBe(`InvalidJson: j: character 1: expected a value, found "x". ${remedy}`);
    expect(await of('[1, x]')).toBe(`InvalidJson: j: character 5: expected a value, found "x]". ${remedy}`);
    expect(await of('[1,\nx]')).toBe(
      `InvalidJson: j: line 2, character 1: expected a value, found "x]". ${remedy}`,
    );
    expect(await of('[1,\n\n  x]')).toMatch('j: line 3, character 3: expected a value');
    expect(await of('[1] 2')).toMatch('j: character 5: unexpected "2" after the end');
    writeFileSync(at('j.json'), '{"a": [1, null]}');
    expect(await readJsonFile(at('j.json'), 'R')).toEqual({ a: [1, null] });
  });

  it('is written as Python writes it', () => {
    expect(formatJson({ a: [1, 'x'], b: {} })).toBe('{\n  "a": [\n    1,\n    "x"\n  ],\n  "b": {}\n}\n');
  });

  it('is an object unless it is a list or no object', () => {
    const values: Json[] = [{}, { a: 1 }, [], null, 1, 'x', true];
    expect(values.map(isObject)).toEqual([true, true, false, false, false, false, false]);
  });
});

describe('a schema', () => {
  const schema = v.looseObject({
    n: v.optional(count),
    m: v.optional(natural),
    x: v.optional(positive),
    text: v.optional(v.string()),
    deep: v.optional(v.looseObject({ kind: v.picklist(['a', 'b']), list: v.optional(v.array(v.number())) })),
    map: v.optional(byName(isText, 'texts by name are expected')),
    numbers: v.optional(byName(isNumber, 'numbers by name are expected')),
  });
  const of = (json: Json, name?: string) =>
    messageOf(() => checked(schema, json, { file: 'f', name }, 'InvalidConfig', 'Mend it.'));

  it('gives what it checked, other fields too', () => {
    const json = { n: 1, m: 0, x: 0.5, map: { constructor: 'a' }, numbers: { a: 1 }, more: [1] };
    expect(checked(schema, json, { file: 'f' }, 'InvalidConfig', 'R')).toEqual(json);
  });

  it.each<[Json, string]>([
    [3, 'f: Object is expected, and it is 3. Mend it.'],
    [null, 'f: Object is expected, and it is null. Mend it.'],
    [{ n: 0 }, 'f: "n": a whole number above 0 is expected, and it is 0. Mend it.'],
    [{ n: 1.5 }, 'f: "n": a whole number above 0 is expected, and it is 1.5. Mend it.'],
    [{ n: 2 ** 53 }, 'f: "n": a whole number above 0 is expected, and it is 9007199254740992. Mend it.'],
    [{ n: '1' }, 'f: "n": number is expected, and it is "1". Mend it.'],
    [{ m: -1 }, 'f: "m": a whole number is expected, and it is -1. Mend it.'],
    [{ m: 0.5 }, 'f: "m": a whole number is expected, and it is 0.5. Mend it.'],
    [{ x: 0 }, 'f: "x": a number above 0 is expected, and it is 0. Mend it.'],
    [{ text: ['x'.repeat(200)] }, `f: "text": string is expected, and it is ["${'x'.repeat(118)}…. Mend it.`],
    [{ deep: {} }, 'f: "deep.kind": it is missing. Mend it.'],
    [{ deep: { kind: 'c' } }, 'f: "deep.kind": ("a" | "b") is expected, and it is "c". Mend it.'],
    [
      { deep: { kind: 'a', list: [1, 'x'] } },
      'f: "deep.list.1": number is expected, and it is "x". Mend it.',
    ],
    [{ map: { a: 1 } }, 'f: "map": texts by name are expected, and it is {"a":1}. Mend it.'],
    [{ map: ['a'] }, 'f: "map": texts by name are expected, and it is ["a"]. Mend it.'],
    [{ map: null }, 'f: "map": texts by name are expected, and it is null. Mend it.'],
    [{ map: 'a' }, 'f: "map": texts by name are expected, and it is "a". Mend it.'],
    [
      { numbers: { a: 1, b: 'x' } },
      'f: "numbers": numbers by name are expected, and it is {"a":1,"b":"x"}. Mend it.',
    ],
  ])('refuses %j', async (json, message) => {
    expect(await of(json)).toBe(`InvalidConfig: ${message}`);
  });

  it('names the wrong one of several fields that are checked together', async () => {
    const pair = v.pipe(
      v.object({ a: v.number(), b: v.number() }),
      v.forward(
        v.partialCheck([['a'], ['b']], ({ a, b }) => a < b, 'a number above a is expected'),
        ['b'],
      ),
    );
    expect(
      await messageOf(() => checked(pair, { a: 2, b: 1 }, { file: 'f' }, 'InvalidConfig', 'Mend it.')),
    ).toBe('InvalidConfig: f: "b": a number above a is expected, and it is 1. Mend it.');
  });

  it('names fields below a place', async () => {
    expect(await of({ n: 0 }, 'outer')).toMatch('f: "outer.n": a whole number');
    expect(await of(3, 'outer')).toMatch('f: "outer": Object is expected');
  });

  it('finds values by name in objects alone', () => {
    expect(
      [{}, { a: 'x' }, { a: 1 }, { a: 'x', b: 1 }, ['x'], null, 'x', undefined].map((x) =>
        isByName(x, isText),
      ),
    ).toEqual([true, true, false, false, false, false, false, false]);
  });
});

describe('a message', () => {
  it('ends with a full stop or a question mark', () => {
    const of = (problem: string) => new FormatError('InvalidConfig', { file: 'f' }, problem, 'R').message;
    expect([of('it is so'), of('is it so?')]).toEqual(['f: it is so. R', 'f: is it so? R']);
    expect(new FormatError('InvalidConfig', { file: 'f', name: '' }, 'p', 'R').message).toBe('f: "": p. R');
  });

  it('lists the first of many names, cuts values short, and counts', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    expect([0, 1, 5, 6].map((n) => listed(names.slice(0, n)))).toEqual([
      '',
      '"a"',
      '"a", "b", "c", "d", "e"',
      '"a", "b", "c", "d", "e" and 1 more',
    ]);
    expect(listed(names, 2)).toBe('"a", "b" and 4 more');
    expect([117, 118, 119].map((n) => shownValue('x'.repeat(n)).length)).toEqual([119, 120, 121]);
    expect(shownValue('x'.repeat(119))).toBe(`"${'x'.repeat(119)}…`);
    expect([shownValue(undefined), shownValue(null)]).toEqual(['missing', 'null']);
    expect([0, 1, 2].map((n) => counted(n, 'row'))).toEqual(['0 rows', '1 row', '2 rows']);
    expect(counted(2, 'index', 'indices')).toBe('2 indices');
  });

  it('may hold a digest of several pieces', () => {
    expect(sha256('a', Uint8Array.of(98), 'c')).toBe(sha256('abc'));
    expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});
