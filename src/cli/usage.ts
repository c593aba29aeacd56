/** Reading a command line's values. Nothing is guessed: what is not exactly a value is refused. */
import { InvalidArgumentError } from 'commander';

/** The command line asks for something that has no meaning. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Indices on a device are 32-bit, so no size can be larger. */
const MAX_SIZE = 2 ** 31 - 1;

function size(what: string, text: string, least: number): number {
  const n = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (n > MAX_SIZE)
    throw new InvalidArgumentError(`${what} is ${text}; the largest size is ${MAX_SIZE} (2^31 - 1).`);
  if (n >= least) return n;
  throw new InvalidArgumentError(
    `${what} must be a whole number of at least ${least}, got ${text === '' ? 'nothing' : `'${text}'`}.`,
  );
}

/** `in=1024,b=32`; given several times, the lists add up. */
export function parseDims(text: string, before: Readonly<Record<string, number>> = {}) {
  return addPairs(text, ',', before, (name, value) => size(`dimension '${name}'`, value, 1));
}

/** `terms=3,cayley=exact`, as text for the layer's own types to read; values may hold commas. */
export function parseSettings(text: string, before: Readonly<Record<string, string>> = {}) {
  return addPairs(text, /,(?=\s*\w+\s*=)/, before, (_, value) => value);
}

export const parseTokens = (text: string): number => size('tokens', text, 0);
export const parseTrials = (text: string): number => size('the number', text, 1);
export const parseCount = (text: string): number => size('the number', text, 0);

export const collect = (text: string, before: readonly string[] = []): string[] => [...before, text];

function addPairs<T>(
  text: string,
  separator: string | RegExp,
  before: Readonly<Record<string, T>>,
  read: (name: string, value: string) => T,
): Record<string, T> {
  const pairs = new Map(Object.entries(before));
  for (const part of text.split(separator)) {
    const [, name, value] = /^\s*([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/s.exec(part) ?? [];
    if (name === undefined || value === undefined) {
      throw new InvalidArgumentError(`Expected name=value pairs separated by commas, got '${part.trim()}'.`);
    }
    if (pairs.has(name)) throw new InvalidArgumentError(`'${name}' is given twice.`);
    pairs.set(name, read(name, value));
  }
  return Object.fromEntries(pairs);
}
