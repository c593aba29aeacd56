/**
 * No test has a limit of time, which a busy machine could break. Instead this reporter names those that run long, every
 * minute, with the processor time that the suite used meanwhile: none of it means that a test waits for something that
 * does not come. At the end it prints the suite's time and the slowest tests.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Reporter, TestCase, TestModule } from 'vitest/node';

export interface Options {
  /** Milliseconds after which what runs is named, and from then on between one time and the next. */
  readonly first?: number;
  readonly every?: number;
  readonly write?: (line: string) => void;
}

const MINUTE = 60_000;
const SLOWEST = 10;

interface Running {
  since: number;
  /** The test that runs, as far as the worker has told: it tells nothing while a test keeps it busy. */
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
    this.#used = processorSeconds() ?? 0;
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
      .map((t) => ({ name: `${pathOf(t.module)} › ${t.fullName}`, ms: t.diagnostic()?.duration ?? 0 }))
      .sort((a, b) => b.ms - a.ms)
      .slice(0, SLOWEST);
    const used = processorSeconds();
    this.#write(
      [
        '',
        `The suite took ${time(performance.now() - this.#begin)}` +
          (used === undefined ? '.' : `, and ${time((used - this.#used) * 1000)} of processor time.`),
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
    const used = processorSeconds();
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

const pathOf = (module: TestModule): string => relative(process.cwd(), module.moduleId).replaceAll('\\', '/');

export function time(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  return `${minutes} min ${Math.floor(seconds - 60 * minutes)} s`;
}

/** Of Linux: a clock tick of what /proc tells is 10 ms everywhere that Node runs. */
const TICKS = 100;

/** Processor time of this process and all that came from it, those that ended included; undefined outside Linux. */
export function processorSeconds(): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const used = new Map<number, { parent: number; ticks: number }>();
  for (const name of readdirSync('/proc').filter((n) => /^\d+$/.test(n))) {
    const stat = statOf(name);
    if (stat !== undefined) used.set(Number(name), stat);
  }
  const mine = (pid: number): boolean => {
    if (pid === process.pid) return true;
    const parent = used.get(pid)?.parent ?? 0;
    return parent > 0 && mine(parent);
  };
  return [...used].reduce((sum, [pid, { ticks }]) => sum + (mine(pid) ? ticks : 0), 0) / TICKS;
}

/** Undefined of a process that has ended meanwhile. */
function statOf(pid: string): { parent: number; ticks: number } | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // After the name, which may hold spaces: state, parent, … and from the twelfth on user and system time, own and of children.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, f) => sum + Number(f), 0);
  return { parent: Number(fields[1]), ticks };
}
