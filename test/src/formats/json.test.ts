import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withFields } from '../../../src/formats/json.ts';
import { type Json, JsonReader } from '../../../src/formats/safetensors/json.ts';
import { runs } from '../../support/runs.ts';

const readerOf = (text: string): JsonReader =>
  new JsonReader(text, (problem, at) => new RangeError(`${at}: ${problem}`));

function problemOf(text: string): string | undefined {
  const reader = readerOf(text);
  try {
    reader.skip();
    reader.end();
    return undefined;
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}

const parses = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

const unit = fc.oneof(
  fc.constantFrom(...'{}[]:,"\\/bfnrtu0123456789+-.eE \t\n\r\u0000\u001f\u007f\ufeff\u00a0d8'),
  fc.constantFrom('true', 'nul', '\\u0041', '\\ud83d\\ude00', '"', '""'),
);
const mutated = fc
  .tuple(fc.json(), fc.array(fc.tuple(fc.nat(), unit, fc.integer({ min: 0, max: 2 })), { maxLength: 2 }))
  .map(([text, edits]) =>
    edits.reduce((now, [seed, piece, drop]) => {
      const at = seed % (now.length + 1);
      return now.slice(0, at) + piece + now.slice(at + drop);
    }, text),
  );

it('accepts exactly what JSON.parse does, less duplicate keys and lone surrogates', () => {
  const seen = { both: 0, neither: 0 };
  fc.assert(
    fc.property(
      fc.oneof(
        mutated,
        fc.array(unit).map((units) => units.join('')),
      ),
      (text) => {
        const problem = problemOf(text);
        if (parses(text)) {
          if (problem !== undefined) expect(problem).toMatch(/twice|lone surrogate/);
          seen.both++;
        } else {
          expect(problem).toBeDefined();
          seen.neither++;
        }
      },
    ),
    { numRuns: 10_000, seed: 3 },
  );
  expect(Math.min(seen.both, seen.neither)).toBeGreaterThan(1000);
});

it.each([
  ['{"a":1,}', "6: there is a comma before '}'"],
  ['[1 , ]', "3: there is a comma before ']'"],
  ['[1,', '3: expected a value, found the end'],
  ['', '0: expected a value, found the end'],
  ['{"a": NaN}', '6: expected a value, found "NaN}"'],
  ['[-]', '1: expected a number, found "-]"'],
  ['"abc', '4: unterminated string or bare control character'],
  ['"a\u001fb"', '2: unterminated string or bare control character'],
  ['"\\q"', '1: a string holds an invalid escape'],
  ['{"k":1,"k":2}', '7: key "k" occurs twice in one object'],
  ['{"k" 1}', `5: expected ':' after the key, found "1}"`],
  ['[true, tru]', '7: expected true'],
  ['1 2', '2: unexpected "2" after the end'],
  ['x'.repeat(30), `0: expected a value, found "${'x'.repeat(24)}"`],
  ['1'.repeat(1001), '1000: unexpected "1" after the end'],
  ['1'.repeat(1000), undefined],
  [' \t\r\n1 ', undefined],
])('%j has the problem %j', (text, problem) => expect(problemOf(text)).toBe(problem));

it('stops at 128 levels', () => {
  expect(problemOf(`${'['.repeat(128)}0${']'.repeat(128)}`)).toBeUndefined();
  expect(problemOf(`${'['.repeat(129)}0${']'.repeat(129)}`)).toContain(
    'at least 129 levels of nesting in JSON: the limit is 128',
  );
});

describe('a whole value', () => {
  const value = (text: string): Json => {
    const json = readerOf(text);
    const read = json.value();
    json.end();
    return read;
  };

  it('is what JSON.parse makes of it, keys in their order', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const [read, parsed] = [value(text), JSON.parse(text)];
        expect(read).toEqual(parsed);
        expect(JSON.stringify(read)).toBe(JSON.stringify(parsed));
      }),
      runs(500, 10_000),
    );
    expect(Object.entries(value('{"b": 1, "__proto__": [2], "a": 6e-05}') ?? {})).toEqual([
      ['b', 1],
      ['__proto__', [2]],
      ['a', 0.00006],
    ]);
  });

  it.each([
    '{"a": 1, "a": 2}',
    '{"a": 1, "\\u0061": 2}',
    '1e999',
    'NaN',
    'Infinity',
    '[1,]',
    'tru',
    '"\\ud800"',
    '',
    '[1] 2',
    `${'['.repeat(200)}${']'.repeat(200)}`,
  ])('is refused: %j', (text) => {
    expect(() => value(text)).toThrow(RangeError);
  });
});

describe('fields of a text', () => {
  const edited = (text: string, fields: Readonly<Record<string, Json | undefined>>) =>
    withFields(text, 'config.json', fields);

  it('change, and the others stay as they are spelt', () => {
    const text =
      '{"rope_theta": 10000.0, "rope_scaling": {"factor": 3.0,\n    "low": 1e0},\t"a": "\\u0061", "dtype": "float32", "gone": [1]}';
    expect(edited(text, { dtype: 'bfloat16', gone: undefined, list: [1, { b: '\n' }] })).toBe(`{
  "rope_theta": 10000.0,
  "rope_scaling": {"factor": 3.0,
    "low": 1e0},
  "a": "\\u0061",
  "dtype": "bfloat16",
  "list": [
    1,
    {
      "b": "\\n"
    }
  ]
}
`);
    expect(edited('{"a": 1}', { a: undefined })).toBe('{}\n');
  });

  it('mean what an object with the same changes means', () => {
    const keys = fc.constantFrom('a', 'b', '__proto__', 'c"\\', 'd');
    fc.assert(
      fc.property(
        fc.dictionary(keys, fc.jsonValue()),
        fc.dictionary(keys, fc.option(fc.jsonValue(), { nil: undefined })),
        fc.constantFrom(undefined, 1, '\t'),
        (object, fields, space) => {
          const wanted = new Map(Object.entries(object));
          for (const [key, value] of Object.entries(fields))
            if (value === undefined) wanted.delete(key);
            else wanted.set(key, value);
          const text = edited(JSON.stringify(object, null, space), fields as Record<string, Json>);
          expect(Object.entries(JSON.parse(text))).toEqual(
            Object.entries(JSON.parse(JSON.stringify(Object.fromEntries(wanted)))),
          );
        },
      ),
      runs(500, 20_000),
    );
  });

  it('are refused in a text that is no object, or goes on after it', () => {
    expect(() => edited('[1]', {})).toThrow(/config\.json: character 1: expected an object/);
    expect(() => edited('{} x', {})).toThrow(/character 4: unexpected "x" after the end/);
  });
});
