/** Arguments of the library's calls, as callers without types give them. */
import { OftcError } from '../../compiler/errors/error.ts';
import { shown } from '../../runtime/arguments.ts';

/** OFT4016: an argument is of the wrong kind. */
export const wrongArgument = (where: string, wanted: string, value: unknown): OftcError =>
  new OftcError('OFT4016', `${where} must be ${wanted}, not ${shown(value)}`);

/** The own fields of an object, as they are now. Throws OFT4016 for anything else. */
export function fieldsOf<T extends object>(value: T, where: string, wanted: string): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value))
    throw wrongArgument(where, wanted, value);
  return { ...value };
}

export const tensorsOf = <T extends object>(value: T, where: string): T =>
  fieldsOf(value, where, 'an object of tensors by name');

export const optionsOf = <T extends object>(value: T, where: string): T =>
  fieldsOf(value, where, 'an object of options');

/** Throws OFT4016 unless the value is one of these. */
export function oneOf<const T>(value: T, all: readonly T[], where: string): T {
  if (!all.includes(value)) throw wrongArgument(where, `one of ${all.map(shown).join(', ')}`, value);
  return value;
}

const isSize = (n: unknown): boolean => typeof n === 'number' && Number.isSafeInteger(n) && n >= 0;

export const isShape = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && Array.from(value as readonly unknown[]).every(isSize);

/** Throws OFT4016 unless the value is a list of sizes. */
export function shapeOf(value: readonly number[], where: string): readonly number[] {
  if (!isShape(value))
    throw wrongArgument(where, 'a list of whole numbers of at least 0, one for each axis', value);
  return value;
}

/** Throws OFT4016 unless the value is left out or a number of tokens. */
export function tokensOf(value: number | undefined, where: string): number | undefined {
  if (value !== undefined && !isSize(value))
    throw wrongArgument(where, 'a whole number of at least 0', value);
  return value;
}
