/** Reads JSON files strictly: UTF-8, no duplicate key, and every value is kept. */
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { aboveLimit, limits } from '../../compiler/limits.ts';
import { FormatError } from './error.ts';
import { errorCode } from './error-code.ts';
import { hubAdvice } from './hub.ts';
import { readRegular } from './regular.ts';
import { io } from './safetensors/io.ts';
import { type Json, type JsonObject, JsonReader } from './safetensors/json.ts';

export type { Json, JsonObject } from './safetensors/json.ts';

/** Reads a JSON file. Throws MissingFile, InvalidJson, and SafetensorsError with IoError for the system's errors. */
export async function readJsonFile(path: string, remedy: string): Promise<Json> {
  return parseJson(await readText(path, remedy), path);
}

export async function readText(path: string, remedy: string): Promise<string> {
  const size = await sizeOf(path);
  if (size === undefined)
    throw new FormatError(
      'MissingFile',
      { file: path },
      'there is no such file',
      hubAdvice(dirname(path)) ?? remedy,
    );
  if (size > limits.jsonBytes.most) throw invalid(path, aboveLimit(size, limits.jsonBytes));
  const bytes = await readRegular(path);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new FormatError('InvalidJson', { file: path, cause }, 'it is not UTF-8', 'Save it as UTF-8.');
  }
}

/** The size of a regular file; undefined if nothing is there. Throws MissingFile for anything else. */
export async function sizeOf(path: string): Promise<number | undefined> {
  const found = await io(path, 'cannot read its size', async () => {
    try {
      return await stat(path);
    } catch (error) {
      if (MISSING.has(errorCode(error))) return undefined;
      throw error;
    }
  });
  if (found === undefined || found.isFile()) return found?.size;
  throw new FormatError('MissingFile', { file: path }, 'it is not a regular file', 'Name a file.');
}

const readerOf = (text: string, path: string): JsonReader =>
  new JsonReader(text, (problem, at) => invalid(path, `${placeIn(text, at)}: ${problem}`));

export function parseJson(text: string, path: string): Json {
  const reader = readerOf(text, path);
  const value = reader.value();
  reader.end();
  return value;
}

/**
 * The text of a JSON object with other fields: each of `fields` gets its value, and goes where that is undefined. All others
 * stay as they are spelt, because Python reads `1.0` as a float and `1` as an integer.
 */
export function withFields(text: string, path: string, fields: Readonly<Record<string, Json | undefined>>) {
  const members = new Map<string, string>();
  const reader = readerOf(text, path);
  reader.object((key) => members.set(key, reader.raw()));
  reader.end();
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) members.delete(key);
    else members.set(key, JSON.stringify(value, null, 2).replaceAll('\n', '\n  '));
  }
  const lines = [...members].map(([key, value]) => `  ${JSON.stringify(key)}: ${value}`);
  return lines.length === 0 ? '{}\n' : `{\n${lines.join(',\n')}\n}\n`;
}

/** The place of a character for messages: its line and its number in it, where the text has several lines. */
function placeIn(text: string, at: number): string {
  const lines = text.slice(0, at).split('\n');
  const inLine = lines.at(-1)!.length;
  return lines.length === 1 ? `character ${at + 1}` : `line ${lines.length}, character ${inLine + 1}`;
}

/** JSON in the layout of Python's `json.dumps(indent=2)`, with an end of line. */
export const formatJson = (value: Json): string => `${JSON.stringify(value, null, 2)}\n`;

const invalid = (file: string, problem: string, cause?: unknown): FormatError =>
  new FormatError('InvalidJson', { file, cause }, problem, 'Mend the file, or download it again.');

export const isObject = (json: Json | undefined): json is JsonObject =>
  typeof json === 'object' && json !== null && !Array.isArray(json);

const MISSING = new Set<string | undefined>(['ENOENT', 'ENOTDIR']);
