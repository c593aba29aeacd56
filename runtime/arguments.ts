/** Checks arguments of callers without types. Each function throws InvalidArgument for a value of a wrong kind. */
import { arrayName } from './arrays.ts';
import { OftcRuntimeError } from './errors.ts';

/** A value in a message. An object is shown only by its kind. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return value.length > 40 ? `'${value.slice(0, 40)}…'` : `'${value}'`;
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  if (ArrayBuffer.isView(value)) return `a ${arrayName(value)}`;
  return Array.isArray(value) ? 'a list' : 'an object';
}

export const invalidArgument = (where: string, wanted: string, value: unknown): OftcRuntimeError =>
  new OftcRuntimeError('InvalidArgument', `${where} must be ${wanted}, not ${shown(value)}`);

/** The own fields of an object, as they are now. */
export function fieldsOf<T extends object>(value: T, where: string, of: string): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value))
    throw invalidArgument(where, of, value);
  return { ...value };
}

export const tensorsOf = <T extends object>(value: T, where: string): T =>
  fieldsOf(value, where, 'an object of tensors by name');

export const optionsOf = <T extends object>(value: T, where: string): T =>
  fieldsOf(value, where, 'an object of options');

export function textOf(value: string, where: string): string {
  if (typeof value !== 'string') throw invalidArgument(where, 'a text', value);
  return value;
}

export function listOf<T>(value: readonly T[], where: string, of: string): readonly T[] {
  if (!Array.isArray(value)) throw invalidArgument(where, `a list of ${of}`, value);
  return [...(value as readonly T[])];
}

export function flagOf(value: boolean, where: string): boolean {
  if (typeof value !== 'boolean') throw invalidArgument(where, 'true or false', value);
  return value;
}

/** Checks a device by the functions that the runtime uses, because a caller may wrap one. Returns it. */
export function deviceOf(value: GPUDevice, where: string): GPUDevice {
  const given = value as Partial<GPUDevice> | null | undefined;
  if (
    typeof given !== 'object' ||
    given === null ||
    typeof given.createBuffer !== 'function' ||
    typeof given.queue !== 'object' ||
    typeof given.limits !== 'object' ||
    typeof given.features?.has !== 'function' ||
    typeof given.lost?.then !== 'function'
  )
    throw invalidArgument(where, "a GPUDevice, such as requestDevice()'s", value);
  return value;
}
