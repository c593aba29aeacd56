/**
 * A cache of the test that killed each mutant last time. That test is tried first, because it mostly kills it again.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Mutant } from './mutants.ts';

export class Killers {
  readonly #file: string;
  /** The names of killing tests, by the mutants' keys. */
  readonly #names: Map<string, string>;

  /** Reads the cache, which may be missing or outdated: it only decides the order of the tests. */
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
