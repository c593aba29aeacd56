/** Checks JSON files by schemas of valibot, chosen over zod for its size (it shakes to a few kB; no dependencies). */
import * as v from 'valibot';
import { type At, FormatError, type FormatErrorCode, shownValue } from './error.ts';
import type { Json } from './json.ts';

/** The value in the schema's type. Throws `code` for the first wrong field, named below `at`. */
export function checked<const S extends v.GenericSchema>(
  schema: S,
  json: Json,
  at: At,
  code: FormatErrorCode,
  remedy: string,
): v.InferOutput<S> {
  const result = v.safeParse(schema, json, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = [at.name, v.getDotPath(issue)].filter((part) => typeof part === 'string');
  const place = { ...at, name: path.length === 0 ? undefined : path.join('.') };
  const within = issue.path?.at(-1)?.input;
  // A list passes as an object, and then lacks its fields.
  if (issue.received === 'undefined' && Array.isArray(within) && issue.path!.length === 1)
    throw new FormatError(code, at, `an object is expected, and it is ${shownValue(within)}`, remedy);
  if (issue.received === 'undefined') throw new FormatError(code, place, 'it is missing', remedy);
  // A check of our own has its own message; valibot's name a type.
  const own = issue.expected === null || issue.expected === 'unknown';
  const wanted = own ? issue.message : `${issue.expected} is expected`;
  // For a check of several fields, `input` holds all of them, and the path ends at the wrong one.
  const found = issue.path ? issue.path.at(-1)!.value : issue.input;
  throw new FormatError(code, place, `${wanted}, and it is ${shownValue(found)}`, remedy);
}

/** A schema for values by name. v.record would drop names such as `constructor`. */
export const byName = <T>(is: (value: unknown) => value is T, what: string) =>
  v.custom<Readonly<Record<string, T>>>((map) => isByName(map, is), what);

/** Whether a value is an object, and no array, whose values all pass `is`. */
export const isByName = <T>(map: unknown, is: (value: unknown) => value is T): map is Record<string, T> =>
  typeof map === 'object' && map !== null && !Array.isArray(map) && Object.values(map).every(is);

export const isText = (value: unknown): value is string => typeof value === 'string';
export const isNumber = (value: unknown): value is number => typeof value === 'number';

/** A schema for whole numbers of at least 1. */
export const count = v.pipe(
  v.number(),
  v.check((n) => Number.isSafeInteger(n) && n > 0, 'a whole number above 0 is expected'),
);
export const natural = v.pipe(
  v.number(),
  v.check((n) => Number.isSafeInteger(n) && n >= 0, 'a whole number is expected'),
);
export const positive = v.pipe(
  v.number(),
  v.check((n) => n > 0, 'a number above 0 is expected'),
);
