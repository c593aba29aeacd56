/** Parses the values of a command line. Nothing is guessed: text that is not exactly a value is refused. */
import { InvalidArgumentError } from 'commander';
import { type Limit, limits } from '../../compiler/limits.ts';

/** Parses a whole number in digits. Throws if it is below `least` or above the limit. */
export function whole(
  what: string,
  text: string,
  least: number,
  limit: Limit = limits.option,
  range = `of at least ${least}`,
): number {
  const n = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (n > limit.most) {
    const largest = limit === limits.dimension ? 'largest size' : 'largest number';
    throw new InvalidArgumentError(
      `${what} is ${text}; the ${largest} is ${limit.most}, because ${limit.because}.`,
    );
  }
  if (n >= least) return n;
  throw new InvalidArgumentError(
    `${what} must be a whole number ${range}, got ${text === '' ? 'nothing' : `'${text}'`}.`,
  );
}

/** Parses `in=1024,b=32` and adds it to the lists given before. */
export function parseDims(text: string, before: Readonly<Record<string, number>> = {}) {
  return addPairs(text, ',', 'in=1024,b=32', before, (name, value) =>
    whole(`dimension '${name}'`, value, 1, limits.dimension),
  );
}

/** Parses `terms=3,cayley=exact` to texts, which the layer's own types read later; a value may hold commas. */
export const parseSettings = (text: string, before: Readonly<Record<string, string>> = {}) =>
  textPairs(text, 'terms=3,cayley=exact', before);

export const parseFormats = (text: string, before: Readonly<Record<string, string>> = {}) =>
  textPairs(text, 'W=nf4', before);

const textPairs = (text: string, example: string, before: Readonly<Record<string, string>>) =>
  addPairs(text, /,(?=\s*[\w.]+\s*=)/, example, before, (_, value) => value);

export const parseTokens = (text: string): number => whole('tokens', text, 0, limits.dimension);
export const parseTrials = (text: string): number => whole('the number', text, 1, limits.trials);
export const parseCount = (text: string): number => whole('the number', text, 0);

export const collect = (text: string, before: readonly string[] = []): string[] => [...before, text];

function addPairs<T>(
  text: string,
  separator: string | RegExp,
  example: string,
  before: Readonly<Record<string, T>>,
  read: (name: string, value: string) => T,
): Record<string, T> {
  const pairs = new Map(Object.entries(before));
  for (const part of text.split(separator)) {
    const [, name, value] = /^\s*([A-Za-z_][\w.]*)\s*=\s*(.*?)\s*$/s.exec(part) ?? [];
    if (name === undefined || value === undefined) {
      throw new InvalidArgumentError(
        `Expected name=value pairs separated by commas, got '${part.trim()}'; an example is ${example}.`,
      );
    }
    if (pairs.has(name)) throw new InvalidArgumentError(`'${name}' is given twice.`);
    pairs.set(name, read(name, value));
  }
  return Object.fromEntries(pairs);
}
