/** Keeps the fates of mutants on disk, so that an interrupted run of the same commit and tests goes on. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Mutated } from './modules.ts';
import type { Mutant } from './mutants.ts';

export const FATES = ['killed', 'timed out', 'survived', 'not reached'] as const;

/** The outcome of a mutant. One whose test never ends is `timed out`. */
export type Fate = (typeof FATES)[number];

/** Whether a test found the mutant. */
export const isFound = (fate: Fate): boolean => fate === 'killed' || fate === 'timed out';

interface Met {
  /** The last round of tests that the mutant met. */
  readonly level: number;
  readonly fate: Fate;
}

/** The file on disk. It is small, so that a run can go on on another machine. */
interface Held {
  readonly of: string;
  readonly seconds: number;
  /** The fates of each file's mutants, a letter for each in the order of the file. */
  readonly met: Readonly<Record<string, string>>;
}

const NOTHING = '.';
/** The letter of the first fate in the first round; each round has as many letters as there are fates. */
const FIRST = 'A'.codePointAt(0)!;

const letterOf = (met: Met | undefined): string =>
  met === undefined
    ? NOTHING
    : String.fromCodePoint(FIRST + FATES.length * met.level + FATES.indexOf(met.fate));

function metBy(letter: string | undefined): Met | undefined {
  if (letter === undefined || letter === NOTHING) return undefined;
  const n = letter.codePointAt(0)! - FIRST;
  return { level: Math.floor(n / FATES.length), fate: FATES[n % FATES.length]! };
}

export class Progress {
  readonly #file: string;
  /** The commit and the tests that the fates hold for. */
  readonly #of: string;
  /** The mutants of each file. */
  readonly #mutants: ReadonlyMap<string, readonly Mutant[]>;
  /** The outcome of each mutant so far, by its key. */
  readonly #met = new Map<string, Met>();
  /** The fates, in the file on disk, of source files whose mutants are not among these. */
  readonly #others: Readonly<Record<string, string>>;
  #seconds: number;

  /** Reads the fates in `file` if they are of the same commit and tests. Otherwise, or with `fresh`, begins anew. */
  constructor(file: string, of: string, fresh: boolean, mutated: ReadonlyMap<string, Mutated>) {
    this.#file = file;
    this.#of = of;
    this.#mutants = new Map([...mutated].map(([path, { mutants }]) => [path, mutants]));
    const held = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Held) : undefined;
    const nothing: Held = { of, seconds: 0, met: {} };
    const { met, seconds } = held?.of === of && !fresh ? held : nothing;
    this.#seconds = seconds;
    this.#others = Object.fromEntries(Object.entries(met).filter(([path]) => !this.#mutants.has(path)));
    for (const [path, mutants] of this.#mutants)
      for (const [n, m] of mutants.entries()) {
        const found = metBy(met[path]?.[n]);
        if (found) this.#met.set(m.key, found);
      }
  }

  /** The seconds of processor time of all runs so far. */
  get seconds(): number {
    return this.#seconds;
  }

  fateOf(m: Mutant): Fate | undefined {
    return this.#met.get(m.key)?.fate;
  }

  /** Whether the tests of round `level` can say something new about a mutant. */
  isDue(m: Mutant, level: number): boolean {
    const met = this.#met.get(m.key);
    return met === undefined || (met.level < level && !isFound(met.fate));
  }

  note(m: Mutant, level: number, fate: Fate): void {
    this.#met.set(m.key, { level, fate });
  }

  /** Saves the fates. `seconds` is the processor time since they were saved last. */
  save(seconds: number): void {
    this.#seconds += seconds;
    mkdirSync(dirname(this.#file), { recursive: true });
    const letters = [...this.#mutants].map(([path, mutants]): [string, string] => [
      path,
      mutants.map((m) => letterOf(this.#met.get(m.key))).join(''),
    ]);
    const held: Held = {
      of: this.#of,
      seconds: this.#seconds,
      met: { ...this.#others, ...Object.fromEntries(letters) },
    };
    writeFileSync(this.#file, JSON.stringify(held, undefined, 1));
  }
}
