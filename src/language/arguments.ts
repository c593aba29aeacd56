/** Checks arguments of the library's calls, because callers may have no types. */
import { OftcError } from '../../compiler/errors/error.ts';
import { didYouMean } from '../../compiler/errors/nearest.ts';
import { shown } from '../../runtime/arguments.ts';

/** The error OFT4016: an argument of the wrong kind. */
export const wrongArgument = (where: string, wanted: string, value: unknown): OftcError =>
  new OftcError('OFT4016', `${where} must be ${wanted}, not ${shown(value)}`);

/** A copy of an object's own fields. Throws OFT4016 for anything else. */
export function fieldsOf<T extends object>(value: T, where: string, wanted: string): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value))
    throw wrongArgument(where, wanted, value);
  return { ...value };
}

/**
 * A copy of an object of tensors by name. Throws OFT4016 for anything else, also for a single tensor. The message shows
 * the names in `of` as an example.
 */
export function tensorsOf<T extends object>(
  value: T,
  where: string,
  of: readonly { name: string }[] = [],
): T {
  const example =
    of.length === 0
      ? ''
      : `, such as { ${of.map(({ name }) => (/^\w+$/.test(name) ? name : `'${name}': …`)).join(', ')} }`;
  const wanted = `an object of tensors by name${example}`;
  const fields = fieldsOf(value, where, wanted);
  if ('data' in fields && 'shape' in fields && of.every(({ name }) => name !== 'data' && name !== 'shape'))
    throw new OftcError('OFT4016', `${where} must be ${wanted}, not one tensor`);
  return fields;
}

export const optionsOf = <T extends object>(value: T, where: string): T =>
  fieldsOf(value, where, 'an object of options');

/** Throws OFT4016 for an option that a call does not have. `besides` says what else its name may be meant for. */
export function onlyNames(options: object, names: readonly string[], call: string, besides = ''): void {
  const unknown = Object.keys(options).filter((name) => !names.includes(name));
  if (unknown.length === 0) return;
  const named = unknown.map((n) => `'${n}'`).join(', ');
  throw new OftcError(
    'OFT4016',
    `${call} has no option ${named}; ${besides}its options are ${names.join(', ')}${didYouMean(unknown[0]!, names)}`,
  );
}

/** Returns the value if it is one of `all`. Throws OFT4016 if not. */
export function oneOf<const T>(value: T, all: readonly T[], where: string): T {
  if (!all.includes(value)) throw wrongArgument(where, `one of ${all.map(shown).join(', ')}`, value);
  return value;
}

const isSize = (n: unknown): boolean => typeof n === 'number' && Number.isSafeInteger(n) && n >= 0;

const isShape = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && Array.from(value as readonly unknown[]).every(isSize);

/** Returns the value if it is a list of sizes. Throws OFT4016 if not. */
export function shapeOf(value: readonly number[], where: string): readonly number[] {
  if (!isShape(value))
    throw wrongArgument(where, 'a list of whole numbers of at least 0, one for each axis', value);
  return value;
}

/** Returns the value if it is a number of tokens or left out. Throws OFT4016 if not. */
export function tokensOf(value: number | undefined, where: string): number | undefined {
  if (value !== undefined && !isSize(value))
    throw wrongArgument(where, 'a whole number of at least 0', value);
  return value;
}
