/** Defines a target of the fuzzers: a parser with its allowed outcomes, good inputs, and faults to plant. */
import type { Draw } from './engine/draw.ts';

/** How a part of a case is changed and shrunk. Bytes are held as a text of Latin-1. */
export type Kind = 'json' | 'jsonl' | 'text' | 'bytes' | 'layer';

/** An input: the texts of its parts by name, such as those of the files of a folder. */
export type Case = Readonly<Record<string, string>>;

/** A small fault that is planted into a source file, to see whether the fuzzer finds it. */
export interface Fault {
  readonly what: string;
  readonly file: string;
  /** A text that stands once in the file, and what takes its place. */
  readonly from: string;
  readonly to: string;
  /** The number of cases within which the fuzzer finds it. */
  readonly within: number;
}

export interface Target {
  readonly name: string;
  readonly parts: Readonly<Record<string, Kind>>;
  /** Good inputs, which are changed. */
  readonly seeds: () => readonly Case[] | Promise<readonly Case[]>;
  /** Words of the format that seeds may lack. */
  readonly words?: readonly string[];
  /** Draws an input anew, for a format with a grammar of its own. */
  readonly draw?: (draw: Draw) => Case;
  /** Whether all cases are drawn, and none is made of another. */
  readonly drawsAll?: true;
  /** The number of inputs in all cases so far, where a case has several. */
  readonly inputs?: () => number;
  /**
   * Reads a case, and returns a name for what came of it. Throws the parser's error where it refuses, and Wrong for an
   * accepted case whose meaning is not consistent.
   */
  readonly run: (input: Case) => string | Promise<string>;
  /** Whether an error is a refusal by the parser. Any other is a bug. Default: an error with a code, and no OFT9xxx. */
  readonly isRefusal?: (error: unknown) => boolean;
  /** The processor seconds after which a case counts as hung, where it is not 20: for cases of many inputs. */
  readonly seconds?: number;
  readonly faults: readonly Fault[];
  /** The fresh cases at every `npm test`. */
  readonly everyTest: number;
}

/** The error for an accepted case whose meaning is not consistent. */
export class Wrong extends Error {
  override readonly name = 'Wrong';
}

/** Throws Wrong unless two values are equal as JSON. */
export function same(what: string, a: unknown, b: unknown): void {
  const [first, second] = [JSON.stringify(a), JSON.stringify(b)];
  if (first !== second) throw new Wrong(`${what}: ${cut(first)} and ${cut(second)}`);
}

/** Throws Wrong where a field of the first value is not in the second, which was read from it. */
export function keeps(given: unknown, read: unknown, at = 'it'): void {
  if (typeof given !== 'object' || given === null) return;
  for (const [key, value] of Object.entries(given)) {
    const found = (read as Record<string, unknown> | undefined)?.[key];
    if (found === undefined) throw new Wrong(`${at} loses '${key}'`);
    keeps(value, found, `${at}.${key}`);
  }
}

export function holds(condition: boolean, what: string): void {
  if (!condition) throw new Wrong(what);
}

const cut = (text: string | undefined): string => `${text}`.slice(0, 300);
