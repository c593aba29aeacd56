/**
 * Tells which tests pass alone. A test that needs an earlier one of its file fails without it, whatever mutant is active, and
 * so finds none.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Run } from './pool.ts';
import type { Job, Limited } from './worker.ts';

/** A test, by its name and its place in its file. */
export interface Single {
  readonly name: string;
  readonly test: Limited;
}

export class Alone {
  readonly #file: string;
  /** The digest of each test file. */
  readonly #digests: Readonly<Record<string, string>>;
  /** Whether tests pass, by the digest of their file and their name. */
  readonly #known: Map<string, boolean>;

  /** Goes on with what `file` has, if it is there. `digests` are those of the test files now. */
  constructor(file: string, digests: Readonly<Record<string, string>>) {
    this.#file = file;
    this.#digests = digests;
    this.#known = new Map(read(file));
  }

  /** Whether a test was seen to fail. */
  fails(t: Single): boolean {
    return this.#known.get(this.#keyOf(t)) === false;
  }

  /**
   * Whether a test passes without a mutant, with the modules of its file evaluated anew. A process that ends early says
   * nothing: the test then counts as one that fails, this once.
   */
  async passes(t: Single, { runs, cases }: Pick<Job, 'runs' | 'cases'>, run: Run): Promise<boolean> {
    const key = this.#keyOf(t);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const { reports, end } = await run({ mutant: null, runs, cases, tests: [t.test], files: [] });
    if (end !== 'done') return false;
    const passes = reports.some((r) => r.kind === 'passed');
    this.#known.set(key, passes);
    return passes;
  }

  save(): void {
    mkdirSync(dirname(this.#file), { recursive: true });
    writeFileSync(this.#file, JSON.stringify([...this.#known]));
  }

  #keyOf({ name, test }: Single): string {
    return `${this.#digests[test.file]} ${test.index} ${name}`;
  }
}

function read(file: string): [string, boolean][] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as [string, boolean][];
  } catch {
    return [];
  }
}
