/** Keeps the fates of mutants on disk, so that an interrupted run of the same commit and tests goes on. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
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

export class Progress {
  readonly #file: string;
  /** The commit and the tests that the fates hold for. */
  readonly #of: string;
  /** The outcome of each mutant so far, by its key. */
  readonly #met: Map<string, Met>;
  #seconds: number;

  /** Reads the fates in `file` if they are of the same commit and tests. Otherwise, or with `fresh`, begins anew. */
  constructor(file: string, of: string, fresh: boolean) {
    this.#file = file;
    this.#of = of;
    const held = existsSync(file)
      ? (JSON.parse(readFileSync(file, 'utf8')) as { of: string; seconds: number; met: Record<string, Met> })
      : undefined;
    const goesOn = held?.of === of && !fresh;
    this.#met = new Map(goesOn ? Object.entries(held.met) : []);
    this.#seconds = goesOn ? held.seconds : 0;
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
    const held = { of: this.#of, seconds: this.#seconds, met: Object.fromEntries(this.#met) };
    writeFileSync(this.#file, JSON.stringify(held));
  }
}
