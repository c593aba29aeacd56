/** Which test killed each mutant last time: it is tried first, and most often it does so again. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Mutant } from './mutants.ts';

export class Killers {
  readonly #file: string;
  /** Names of tests by keys of mutants. */
  readonly #names: Map<string, string>;

  /** Reads a cache, which may be absent or of older code: it decides the order of the tests and nothing else. */
  constructor(file: string) {
    this.#file = file;
    this.#names = new Map(Object.entries(read(file)));
  }

  of(m: Mutant): string | undefined {
    return this.#names.get(m.key);
  }

  note(m: Mutant, test: string): void {
    this.#names.set(m.key, test);
  }

  save(): void {
    mkdirSync(dirname(this.#file), { recursive: true });
    writeFileSync(this.#file, JSON.stringify(Object.fromEntries(this.#names)));
  }
}

function read(file: string): Record<string, string> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  } catch {
    return {};
  }
}
