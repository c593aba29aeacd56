/** The forms that the values of options have in a run.json, each with its schema. */
import { isAbsolute, join, relative, resolve } from 'node:path';
import * as v from 'valibot';
import { isFile } from '../../finetune/method-path.ts';
import { isObject, type Json, type JsonObject } from '../../formats/json.ts';
import { isNumber, isText } from '../../formats/schema.ts';
import type { FormName } from './run-options.ts';

export interface Form {
  /** The type of a value in the file. */
  readonly schema: v.GenericSchema;
  /** The same type in JSON Schema, for editors. */
  readonly described: JsonObject;
  /** The option's value that a value of the file stands for. The file lies in `folder`. */
  read(value: Json, parse: (text: string) => unknown, folder: string): unknown;
  /** The value of the file that stands for an option's value. */
  write(value: unknown, folder: string): Json;
}

/** A form whose values the option's own parser reads from their text. */
const textual = (
  schema: v.GenericSchema,
  described: JsonObject,
  write = (value: unknown): Json => value as Json,
): Form => ({ schema, described, read: (value, parse) => parse(String(value)), write });

const SETTINGS = v.pipe(
  v.custom<JsonObject>((value) => isObject(value as Json), 'settings by name are expected'),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const [key, value] of Object.entries(dataset.value)) {
      if (isText(value) || isNumber(value) || typeof value === 'boolean') continue;
      const path = { type: 'object', origin: 'value', input: dataset.value, key, value } as const;
      addIssue({ message: 'a number, a text or a flag is expected', path: [path] });
    }
  }),
);

const isNames = (value: unknown): boolean => isText(value) || (Array.isArray(value) && value.every(isText));

const isPaths = (value: unknown): boolean =>
  isNames(value) && [value].flat().length > 0 && [value].flat().every((path) => path !== '');

/** A list of one text as the text. */
const alone = (texts: readonly string[]): Json => (texts.length === 1 ? texts[0]! : texts);

const PATH = v.pipe(
  v.string(),
  v.check((path) => path !== '', 'a path is expected'),
);
const DESCRIBED_PATH = { type: 'string', minLength: 1 };

export const FORMS: Readonly<Record<FormName, Form>> = {
  number: textual(v.number(), { type: 'number' }),
  text: textual(v.string(), { type: 'string' }),
  numbers: textual(v.array(v.number()), { type: 'array', items: { type: 'number' } }, (value) => [
    ...(value as readonly number[]),
  ]),

  /** `false` is as if the option were not given. */
  flag: {
    schema: v.boolean(),
    described: { type: 'boolean' },
    read: (value) => (value === true ? true : undefined),
    write: (value) => value === true,
  },

  /** A part of the data: `"1/20"`, 0.05, or 0 for none. */
  part: textual(
    v.custom(
      (value) => isText(value) || typeof value === 'number',
      'a part such as "1/20" or 0.05 is expected, or 0 for none',
    ),
    {
      oneOf: [
        { type: 'string', pattern: '^1/\\d{1,6}$' },
        { type: 'number', minimum: 0, maximum: 0.5 },
      ],
    },
    (value) => (value === 0 ? 0 : `1/${value}`),
  ),

  /** Names, with commas between them on the command line. One name may stand alone: `"all-linear"`. */
  names: textual(
    v.custom(isNames, 'a name is expected, or a list of names'),
    { oneOf: [{ type: 'array', items: { type: 'string' } }, { type: 'string' }] },
    (value) => alone(value as readonly string[]),
  ),

  /** Configuration and sizes of a method, by name. */
  settings: {
    schema: SETTINGS,
    described: { type: 'object', additionalProperties: { type: ['number', 'string', 'boolean'] } },
    read: (value) =>
      Object.fromEntries(Object.entries(value as JsonObject).map(([name, set]) => [name, String(set)])),
    write: (value) => ({ ...(value as JsonObject) }),
  },

  /** A path, which in the file is relative to the file's folder. */
  path: {
    schema: PATH,
    described: DESCRIBED_PATH,
    read: (value, parse, folder) => parse(within(folder, String(value))),
    write: (value, folder) => seenFrom(folder, String(value)),
  },

  /** Paths as `path` has them. A list may be a text where it has one path. */
  paths: {
    schema: v.custom(isPaths, 'a path is expected, or a list of paths'),
    described: { oneOf: [DESCRIBED_PATH, { type: 'array', items: DESCRIBED_PATH, minItems: 1 }] },
    read: (value, parse, folder) => [value].flat().flatMap((given) => parse(within(folder, String(given)))),
    write: (value, folder) => alone((value as readonly string[]).map((given) => seenFrom(folder, given))),
  },

  /** A method of the library by name, or the path of a TypeScript file. */
  method: {
    schema: PATH,
    described: DESCRIBED_PATH,
    read: (value, parse, folder) => {
      const given = String(value);
      return parse(isFile(given) ? within(folder, given) : given);
    },
    write: (value, folder) => {
      const given = String(value);
      return isFile(given) ? seenFrom(folder, given) : given;
    },
  },
};

const within = (folder: string, given: string): string => (isAbsolute(given) ? given : join(folder, given));

/** The path as a file in `folder` has it. An absolute path of another place stays, and separators become slashes. */
function seenFrom(folder: string, given: string): string {
  const path = relative(resolve(folder), resolve(given)).replaceAll('\\', '/');
  return path === '' ? '.' : isAbsolute(given) ? given : path;
}
