/** A small stand-in for vitest, which collects the tests of a file and runs them one at a time. */
import { expect, vi } from 'vitest';

type Body = (...args: unknown[]) => unknown;

interface Suite {
  readonly name: string;
  readonly parent: Suite | null;
  readonly before: Body[];
  readonly beforeEach: Body[];
  readonly afterEach: Body[];
  readonly after: Body[];
}

export interface Test {
  readonly name: string;
  readonly suite: Suite;
  readonly body: () => unknown;
}

/** The name of a test for one row of a table: replaces `$key`, `%s` and the like. */
function titled(name: string, row: unknown): string {
  const cells = Array.isArray(row) ? [...row] : [row];
  return name
    .replaceAll(/\$(\w+)/g, (all, key) => `${(row as Record<string, unknown>)[key] ?? all}`)
    .replaceAll(/%[sdij]/g, () => `${cells.shift()}`);
}

const suite = (name: string, parent: Suite | null): Suite => ({
  name,
  parent,
  before: [],
  beforeEach: [],
  afterEach: [],
  after: [],
});

const chain = (s: Suite | null): Suite[] => (s === null ? [] : [...chain(s.parent), s]);

export class Harness {
  readonly tests: Test[] = [];
  #suite = suite('', null);
  readonly #begun = new Set<Suite>();

  /** The functions that a test file imports from 'vitest'. */
  readonly api = {
    ...(() => {
      const each = (define: (name: string, body: () => unknown) => void) => (table: readonly unknown[]) => {
        return (name: string, body: Body) => {
          for (const [i, row] of table.entries()) {
            define(`${titled(name, row)} #${i}`, () => body(...(Array.isArray(row) ? row : [row])));
          }
        };
      };
      const describe = (name: string, body: () => unknown) => this.#describe(name, body);
      const define = (name: string, body: () => unknown) => this.#it(name, body);
      const none = Object.assign(() => {}, { each: each(() => {}) });
      const whole = (of: typeof define) => {
        const own = Object.assign(of, { each: each(of) });
        return Object.assign(own, {
          runIf: (holds: boolean) => (holds ? own : none),
          skipIf: (skips: boolean) => (skips ? none : own),
        });
      };
      const test = whole(define);
      return { describe: Object.assign(whole(describe), { concurrent: describe }), it: test, test };
    })(),
    expect,
    vi,
    beforeAll: (f: Body) => void this.#suite.before.push(f),
    beforeEach: (f: Body) => void this.#suite.beforeEach.push(f),
    afterEach: (f: Body) => void this.#suite.afterEach.push(f),
    afterAll: (f: Body) => void this.#suite.after.push(f),
  };

  #describe(name: string, body: () => unknown): void {
    const outer = this.#suite;
    this.#suite = suite(name, outer);
    body();
    this.#suite = outer;
  }

  #it(name: string, body: () => unknown): void {
    const suite = this.#suite;
    const names = [...chain(suite).map((s) => s.name), name].filter((n) => n !== '');
    this.tests.push({ name: names.join(' > '), suite, body });
  }

  /** Runs a test with its hooks, and throws its error where it fails. */
  async run(test: Test): Promise<void> {
    const suites = chain(test.suite);
    for (const s of suites) {
      if (this.#begun.has(s)) continue;
      this.#begun.add(s);
      for (const f of s.before) await f();
    }
    for (const s of suites) for (const f of s.beforeEach) await f();
    try {
      await test.body();
    } finally {
      for (const s of suites.toReversed()) for (const f of s.afterEach) await f();
    }
  }

  async end(): Promise<void> {
    for (const s of this.#begun) for (const f of s.after) await f();
    this.#begun.clear();
  }
}
