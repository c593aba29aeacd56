/** Reads and writes run.json, the options of a run as one file. */
import { InvalidArgumentError, type Option } from 'commander';
import * as v from 'valibot';
import { FormatError } from '../../formats/error.ts';
import { formatJson, isObject, type Json, type JsonObject, readJsonFile } from '../../formats/json.ts';
import { checked } from '../../formats/schema.ts';
import { inPlaceOf } from '../option-names.ts';
import { FORMS } from './forms.ts';
import { aloneOptions, keyOf, type RunOption, runOptions } from './run-options.ts';

/** The key of the version of oftc that wrote a file. */
const VERSION = 'oftc';
/** The key by which editors find a schema. */
const SCHEMA = '$schema';

/** An option that a run.json holds, with its value on a command line and in the file. */
export interface FileOption {
  readonly entry: RunOption;
  readonly value: unknown;
  readonly json: Json;
}

export interface RunFile {
  readonly held: readonly FileOption[];
  /** The version of oftc that wrote the file, where it says so. */
  readonly version: string | undefined;
}

const REMEDY = 'docs/finetune/run-folder.md says what a run.json holds.';

/** Reads a file whose relative paths start in `folder`. Throws InvalidRun, and what `readJsonFile` throws. */
export const readRunFile = async (file: string, folder: string): Promise<RunFile> =>
  parseRunFile(await readJsonFile(file, 'Name the run.json of a run, or write one.'), file, folder);

/** Parses the contents of a file. Throws InvalidRun. */
export function parseRunFile(json: Json, file: string, folder: string): RunFile {
  if (!isObject(json)) throw new FormatError('InvalidRun', { file }, 'an object is expected', REMEDY);
  const entries = runOptions();
  checkKeys(file, Object.keys(json), entries);
  const field = (name: string, schema: v.GenericSchema) =>
    checked(schema, json[name]!, { file, name }, 'InvalidRun', REMEDY);
  for (const name of [VERSION, SCHEMA].filter((n) => Object.hasOwn(json, n))) field(name, v.string());
  const held = entries.flatMap((entry): FileOption[] => {
    const key = keyOf(entry.option);
    if (!Object.hasOwn(json, key) || isAbsent(entry, json[key]!)) return [];
    const form = FORMS[entry.form];
    field(key, form.schema);
    const value = form.read(json[key]!, parserOf(entry.option, { file, name: key }), folder);
    return value === undefined ? [] : [{ entry, value, json: json[key]! }];
  });
  return { held, version: json[VERSION] as string | undefined };
}

/** Whether null stands for the lack of a value, as it does for an option that has no default. */
const isAbsent = ({ option, needed }: RunOption, json: Json): boolean =>
  json === null && option.defaultValue === undefined && !needed;

function checkKeys(file: string, keys: readonly string[], entries: readonly RunOption[]): void {
  const known = [VERSION, SCHEMA, ...entries.map(({ option }) => keyOf(option))];
  const alone = new Map(aloneOptions().map(({ option, because }) => [keyOf(option), because]));
  for (const key of keys) {
    if (known.includes(key)) continue;
    const at = { file, name: key };
    const because = alone.get(key);
    if (because !== undefined)
      throw new FormatError('InvalidRun', at, 'no run.json has this option', capitalised(because));
    const meant = inPlaceOf(
      `--${key.replaceAll('_', '-')}`,
      entries.map(({ option }) => option.long!),
    );
    const remedy =
      meant === undefined
        ? `There are ${known.join(', ')}.`
        : `Write ${meant.slice(2).replaceAll('-', '_')}.`;
    throw new FormatError('InvalidRun', at, 'there is no such option', remedy);
  }
}

const capitalised = (text: string): string => `${text[0]!.toUpperCase()}${text.slice(1)}.`;

/** The option's own parser, with its refusals at the place in the file. */
const parserOf =
  ({ parseArg }: Option, at: { readonly file: string; readonly name: string }) =>
  (text: string): unknown => {
    if (!parseArg) return text;
    try {
      return parseArg<unknown>(text, undefined);
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      throw new FormatError('InvalidRun', at, error.message.replace(/\.$/, ''), REMEDY);
    }
  };

/**
 * The text of a run.json in `folder`. It has every option: null where there is no value, and false for flags that are
 * not given.
 */
export function runText(args: object, version: string, folder: string): string {
  const given = args as Readonly<Record<string, unknown>>;
  const json: Record<string, Json> = { [VERSION]: version };
  for (const { option, form } of runOptions()) {
    const value = given[option.attributeName()];
    json[keyOf(option)] = value === undefined && form !== 'flag' ? null : FORMS[form].write(value, folder);
  }
  return formatJson(json);
}

/** The JSON Schema of run.json. */
export function runSchema(): JsonObject {
  const properties: Record<string, Json> = {
    [SCHEMA]: { type: 'string' },
    [VERSION]: { type: 'string', description: 'the version of oftc that wrote the file' },
  };
  for (const entry of runOptions()) {
    const { option, form } = entry;
    const described = option.argChoices ? { enum: option.argChoices } : FORMS[form].described;
    const standard =
      option.defaultValue === undefined ? {} : { default: FORMS[form].write(option.defaultValue, '.') };
    const type =
      isAbsent(entry, null) && form !== 'flag' ? { anyOf: [described, { type: 'null' }] } : described;
    properties[keyOf(option)] = { description: option.description, ...standard, ...type };
  }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'run.json of oftc finetune',
    type: 'object',
    properties,
    additionalProperties: false,
  };
}
