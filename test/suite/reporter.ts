/**
 * The suite's reporter. No test has a limit of time, which a busy machine could break. Instead, the reporter names
 * every minute the tests that run long, and the processor time that the suite used meanwhile. No processor time means
 * that a test waits for something that does not come. At the end it prints the suite's time, for `npm test` with its
 * budget, and the slowest tests. `OFTC_TIMES` names a file for the seconds of each test file.
 */
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { usedByAll } from './processor-time.ts';

export interface Options {
  /**
   * The milliseconds after which a running test is first named. `every` is the milliseconds between later reports.
   */
  readonly first?: number;
  readonly every?: number;
  readonly write?: (line: string) => void;
}

const MINUTE = 60_000;
const SLOWEST = 10;

/**
 * The milliseconds of processor time that all tests may take. `npm test` takes eight minutes on two cores where
 * nothing is compiled yet; checks and the build before the tests take half a minute of them.
 */
const BUDGET = 15 * MINUTE;

interface Running {
  since: number;
  /** The running test, as last reported by the worker. The worker reports nothing while a test keeps it busy. */
  test: string | undefined;
  done: number;
}

export default class SuiteReporter implements Reporter {
  readonly #first: number;
  readonly #every: number;
  readonly #write: (line: string) => void;
  readonly #running = new Map<string, Running>();
  #begin = 0;
  #used = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor({ first = 2 * MINUTE, every = MINUTE, write = console.log }: Options = {}) {
    this.#first = first;
    this.#every = every;
    this.#write = write;
  }

  onTestRunStart(): void {
    this.#begin = performance.now();
    this.#used = usedByAll() ?? 0;
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#tell(), this.#every);
    this.#timer.unref();
  }

  onTestModuleQueued(module: TestModule): void {
    this.#running.set(pathOf(module), { since: performance.now(), test: undefined, done: 0 });
  }

  onTestCaseReady(test: TestCase): void {
    this.#now(test, test.fullName);
  }

  onTestCaseResult(test: TestCase): void {
    this.#now(test, undefined);
  }

  onTestModuleEnd(module: TestModule): void {
    this.#running.delete(pathOf(module));
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    clearInterval(this.#timer);
    const tests = modules.flatMap((m) => [...m.children.allTests()]);
    const slowest = tests
      .map((t) => ({ name: `${pathOf(t.module)} › ${t.fullName}`, ms: durationOf(t) }))
      .sort((a, b) => b.ms - a.ms)
      .slice(0, SLOWEST);
    const used = usedByAll();
    const spent = used === undefined ? undefined : (used - this.#used) * 1000;
    if (process.env.OFTC_TIMES)
      writeFileSync(
        process.env.OFTC_TIMES,
        JSON.stringify(Object.fromEntries(modules.map((m) => [pathOf(m), m.meta().processor ?? 0]))),
      );
    this.#write(
      [
        '',
        `The suite took ${time(performance.now() - this.#begin)}` +
          (spent === undefined ? '.' : `, and ${time(spent)} of processor time.`),
        ...(isWhole() && spent !== undefined ? [budget(spent)] : []),
        `The slowest ${slowest.length} of ${tests.length} tests:`,
        ...slowest.map(({ name, ms }) => `${time(ms).padStart(12)}  ${name}`),
      ].join('\n'),
    );
  }

  #now(of: TestCase, test: string | undefined): void {
    const running = this.#running.get(pathOf(of.module));
    if (running === undefined) return;
    Object.assign(running, {
      since: performance.now(),
      test,
      done: running.done + (test === undefined ? 1 : 0),
    });
  }

  #last: number | undefined;

  #tell(): void {
    const now = performance.now();
    const used = usedByAll();
    const long = [...this.#running].filter(([, { since }]) => now - since >= this.#first);
    if (long.length > 0) {
      const spent =
        used === undefined || this.#last === undefined
          ? ''
          : `, ${time((used - this.#last) * 1000)} of processor time in the last ${time(this.#every)}`;
      this.#write(`Still running after ${time(now - this.#begin)}${spent}:`);
      for (const [file, { since, test, done }] of long)
        this.#write(
          `  ${file} › ${test ?? `what comes after its first ${done} tests`} (${time(now - since)})`,
        );
    }
    this.#last = used;
  }
}

/** The milliseconds of a test: processor time where the test's runner reports it, else wall time. */
const durationOf = (test: TestCase): number => {
  const { processor } = test.meta();
  return processor === undefined ? (test.diagnostic()?.duration ?? 0) : 1000 * processor;
};

/** Whether this run is that of `npm test`: `vitest run` without files or other configuration, on the samples. */
const isWhole = (): boolean => process.argv.slice(2).join(' ') === 'run' && process.env.OFTC_TESTS !== 'all';

const budget = (spent: number): string =>
  spent <= BUDGET
    ? `Of its budget of ${time(BUDGET)} that is ${Math.round((100 * spent) / BUDGET)} %.`
    : `That is ${time(spent - BUDGET)} over its budget of ${time(BUDGET)}: make a test cheaper, or sample it (test/support/sample.ts).`;

const pathOf = (module: TestModule): string => relative(process.cwd(), module.moduleId).replaceAll('\\', '/');

export function time(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  return `${minutes} min ${Math.floor(seconds - 60 * minutes)} s`;
}
