/**
 * Records whose keys are names that people choose. A property that every object inherits, such as `constructor` or
 * `__proto__`, is no entry of a record, but an entry may have its name.
 */

/** The entry of a name; undefined where the record has none. */
export const entryOf = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

/** An empty record. An entry of any name can be assigned to it. */
export const emptyRecord = <T>(): Record<string, T> => Object.create(null);

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The record without the entries that are undefined. */
export const defined = <T extends object>(record: T): Defined<T> =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Defined<T>;

/** Whether an object has entries alone. `{ __proto__: x }` in a source gives it a prototype instead of an entry. */
export function isRecord(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** The advice to an author who writes `{ __proto__: x }`. */
export const PROTOTYPE_ADVICE = "in JavaScript { __proto__: x } names no entry: write { ['__proto__']: x }";
