/** Checks of JSON values. Each gives the value with its type, or refuses the first part that is wrong. */
import { CodedError } from '../../compiler/errors/coded.ts';

/** Checks a value at a place, such as `factors.x.shape`; the whole request is at ''. */
export type Check<T> = (json: unknown, at: string) => T;

export function refuse(at: string, what: string): never {
  throw new CodedError('InvalidArgument', `associate: ${at || 'the request'}: ${what}`);
}

/** Whether a value has fields by name. */
export const isRecord = (json: unknown): boolean =>
  typeof json === 'object' && json !== null && !Array.isArray(json);

const shown = (json: unknown): string =>
  Array.isArray(json)
    ? 'Array'
    : isRecord(json)
      ? 'Object'
      : typeof json === 'string'
        ? JSON.stringify(json)
        : String(json);

const place = (at: string, name: string | number): string => (at ? `${at}.${name}` : `${name}`);

/** Takes the values that pass a test. */
export const taking =
  <T>(expected: string, test: (json: unknown) => unknown): Check<T> =>
  (json, at) =>
    test(json)
      ? (json as T)
      : refuse(
          at,
          json === undefined ? 'it is missing' : `${expected} is expected, and it is ${shown(json)}`,
        );

export const optional =
  <T>(check: Check<T>): Check<T | undefined> =>
  (json, at) =>
    json === undefined ? json : check(json, at);

const array = taking<readonly unknown[]>('Array', Array.isArray);
export const list =
  <T>(check: Check<T>): Check<T[]> =>
  (json, at) =>
    array(json, at).map((item, i) => check(item, place(at, i)));

export const record = taking<Readonly<Record<string, unknown>>>('Object', isRecord);

/** Takes an object or a list with exactly these fields. */
export const exactly =
  <T extends object>(fields: { readonly [K in keyof T]: Check<T[K]> }): Check<T> =>
  (json, at) => {
    const given = (Array.isArray(fields) ? array : record)(json, at) as T;
    const all = Object.entries(fields) as [string & keyof T, Check<unknown>][];
    for (const [name, check] of all) check(given[name], place(at, name));
    const other = Object.keys(given).find((name) => !Object.hasOwn(fields, name));
    if (other !== undefined) refuse(place(at, other), 'there is no such field; docs/associate.md lists them');
    return given;
  };
