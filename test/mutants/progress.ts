/** Keeps the fates of mutants on disk, so that an interrupted run goes on, and another commit keeps what still holds. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { digest } from '../support/digest.ts';
import type { Mutated } from './modules.ts';
import type { Mutant } from './mutants.ts';

export const FATES = ['killed', 'timed out', 'survived', 'not reached', 'ill-typed'] as const;

/** The outcome of a mutant. One whose test never ends is `timed out`, and one that the type check refuses is `ill-typed`. */
export type Fate = (typeof FATES)[number];

const FOUND = new Set<Fate>(['killed', 'timed out', 'ill-typed']);
/** Whether a test or the type check found the mutant. */
export const isFound = (fate: Fate): boolean => FOUND.has(fate);

/** The checkout and the tests that fates hold for. */
export interface State {
  readonly commit: string;
  /** The parts of names by which test files are chosen; empty for all. */
  readonly parts: readonly string[];
  /** The digest of each test file. */
  readonly tests: Readonly<Record<string, string>>;
}

interface Met {
  /** The last round of tests that the mutant met, and the commit of the checkout then. */
  readonly level: number;
  readonly fate: Fate;
  readonly commit: string;
}

/** The file on disk. It is small, so that a run can go on on another machine. */
export interface Held extends State {
  /** The fates there are, in the order by which letters number them. */
  readonly fates: readonly string[];
  readonly seconds: number;
  readonly commits: readonly string[];
  readonly files: Readonly<Record<string, HeldFile>>;
}

/** The fates of a source file's mutants, in the order of the file. */
interface HeldFile {
  /** The digest of the file's text and of its mutants' keys. */
  readonly of: string;
  /** A letter for the level and fate of each mutant. */
  readonly met: string;
  /** A letter for each mutant's commit, by its place in `commits`. */
  readonly at: string;
}

const NOTHING = '.';
/** The letter of the number 0. Each round has as many letters as there are fates. */
const FIRST = 'A'.codePointAt(0)!;

const letterOf = (n: number): string => String.fromCodePoint(FIRST + n);
const numberAt = (letters: string, n: number): number => letters.codePointAt(n)! - FIRST;

const digestOf = ({ text, mutants }: Mutated): string =>
  digest([text, ...mutants.map((m) => m.key)].join('\n'));

/** Reads the file on disk, if there is one. Throws for a file of another form. */
export function readHeld(file: string): Held | undefined {
  if (!existsSync(file)) return undefined;
  const held = JSON.parse(readFileSync(file, 'utf8')) as Partial<Held>;
  if (!held.parts || !held.tests || !held.files || held.fates?.join() !== FATES.join())
    throw new Error(`${file} is of an older version of this command: give --fresh`);
  return held as Held;
}

/** Whether fates were held for the same tests: chosen by the same parts. */
const isLike = (a: State, b: State): boolean => a.parts.join() === b.parts.join();

export class Progress {
  readonly #file: string;
  readonly #state: State;
  /** All mutated files. */
  readonly #mutated: ReadonlyMap<string, Mutated>;
  /** The outcome of each mutant so far, by its key. */
  readonly #met = new Map<string, Met>();
  #seconds = 0;

  /**
   * Goes on with what is held, and saves in `file`. Fates of another commit count where the source file is unchanged and
   * `isKept` says so, which is told the test files that are unchanged since.
   */
  constructor(
    file: string,
    held: Held | undefined,
    state: State,
    mutated: ReadonlyMap<string, Mutated>,
    isKept: (m: Mutant, fate: Fate, unchanged: ReadonlySet<string>) => boolean = () => false,
  ) {
    this.#file = file;
    this.#state = state;
    this.#mutated = mutated;
    if (!held || !isLike(held, state)) return;
    const same = new Set(Object.keys(state.tests).filter((f) => state.tests[f] === held.tests[f]));
    for (const [path, of] of mutated) {
      const { met, at, of: before } = held.files[path] ?? { met: '', at: '', of: '' };
      if (before !== digestOf(of)) continue;
      for (const [n, m] of of.mutants.entries()) {
        if (met[n] === NOTHING) continue;
        const fate = FATES[numberAt(met, n) % FATES.length]!;
        const level = Math.floor(numberAt(met, n) / FATES.length);
        if (held.commit === state.commit || isKept(m, fate, same))
          this.#met.set(m.key, { level, fate, commit: held.commits[numberAt(at, n)]! });
      }
    }
    if (this.#met.size > 0) this.#seconds = held.seconds;
  }

  /** The seconds of processor time of all runs so far. */
  get seconds(): number {
    return this.#seconds;
  }

  /** The commit at which each mutant met its last test. */
  get commits(): string[] {
    return [...this.#met.values()].map((met) => met.commit);
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
    this.#met.set(m.key, { level, fate, commit: this.#state.commit });
  }

  /** Saves the fates. `seconds` is the processor time since they were saved last. */
  save(seconds: number): void {
    this.#seconds += seconds;
    mkdirSync(dirname(this.#file), { recursive: true });
    const commits = [...new Set(this.commits)];
    const letters = (mutants: readonly Mutant[], letter: (met: Met) => number): string =>
      mutants
        .map((m) => this.#met.get(m.key))
        .map((met) => (met ? letterOf(letter(met)) : NOTHING))
        .join('');
    const files = [...this.#mutated].map(([path, of]): [string, HeldFile] => [
      path,
      {
        of: digestOf(of),
        met: letters(of.mutants, ({ level, fate }) => FATES.length * level + FATES.indexOf(fate)),
        at: letters(of.mutants, ({ commit }) => commits.indexOf(commit)),
      },
    ]);
    const held: Held = {
      ...this.#state,
      fates: FATES,
      seconds: this.#seconds,
      commits,
      files: Object.fromEntries(files),
    };
    writeFileSync(this.#file, JSON.stringify(held, undefined, 1));
  }
}
