/** Records what faults were tried and what came of them. `npm run test:faults` makes one table of all records. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** A line of the table. */
export interface Line {
  /** The kind of fault, such as 'the disk is full'. */
  readonly fault: string;
  /** The command or the call that it met. */
  readonly work: string;
  /** The moments at which the fault came. */
  readonly moment: string;
  /** The number of times that it was tried. */
  readonly tried: number;
  /** The outcomes, each with its number of times. */
  readonly outcomes: Readonly<Record<string, number>>;
}

/** A case: a fault in some work, with the number of moments at which it may come, and of those that were tried. */
export interface Case {
  readonly fault: string;
  readonly work: string;
  readonly moments: number;
  readonly tried: number;
}

/** The lines and cases of a kind of fault, with the memory that its process took. */
export interface Told {
  readonly lines: readonly Line[];
  readonly cases: readonly Case[];
  readonly peakMB: number;
}

/** Whether every moment is tried, as `npm run test:faults` does; `npm test` tries a few. */
export const ALL = process.env.OFTC_FAULTS === 'all';

/**
 * The most moments of a case, spread evenly; by default all. `OFTC_FAULTS_MOST` gives it for a run on a slow machine. With
 * 0, a run only counts the moments.
 */
const MOST = process.env.OFTC_FAULTS_MOST === undefined ? Infinity : Number(process.env.OFTC_FAULTS_MOST);
if (!(MOST >= 0)) throw new Error(`OFTC_FAULTS_MOST takes a number, not '${process.env.OFTC_FAULTS_MOST}'`);

/** Whether moments are counted and none is tried. */
export const COUNTS = ALL && MOST === 0;

/** All moments from 1 to `last`, or `most` of them, spread evenly; the first and the last are among them. */
function spread(last: number, most: number): number[] {
  if (last <= most) return Array.from({ length: last }, (_, i) => i + 1);
  if (most === 1) return [Math.ceil(last / 2)];
  return Array.from({ length: most }, (_, i) => 1 + Math.round((i * (last - 1)) / (most - 1)));
}

/** Counts outcomes of a test file's faults, and writes them for `npm run test:faults` when its tests have passed. */
export class Table {
  readonly #lines = new Map<
    string,
    { line: Omit<Line, 'tried' | 'outcomes'>; outcomes: Map<string, number> }
  >();
  readonly #cases: Case[] = [];

  constructor(name: string) {
    afterAll(() => {
      const folder = process.env.OFTC_FAULTS_TO;
      if (folder === undefined) return;
      mkdirSync(folder, { recursive: true });
      const peakMB = Math.round(process.resourceUsage().maxRSS / 1024);
      const told: Told = { lines: this.lines, cases: this.#cases, peakMB };
      writeFileSync(join(folder, `${name}.json`), JSON.stringify(told));
    });
  }

  get lines(): Line[] {
    return [...this.#lines.values()].map(({ line, outcomes }) => ({
      ...line,
      tried: [...outcomes.values()].reduce((a, b) => a + b, 0),
      outcomes: Object.fromEntries([...outcomes].sort(([a], [b]) => (a < b ? -1 : 1))),
    }));
  }

  /**
   * The moments at which to try a fault in some work, of those from 1 to `last`: all, where every moment is tried, and
   * otherwise `few`. A case without moments would try nothing, and throws.
   */
  moments(fault: string, work: string, last: number, few: number): number[] {
    if (!(last > 0)) throw new Error(`there is no moment for the fault '${fault}' in ${work}`);
    const some = spread(last, ALL ? MOST : few);
    this.#cases.push({ fault, work, moments: last, tried: some.length });
    return some;
  }

  /** Adds `times` of an outcome. */
  add(fault: string, work: string, moment: string, outcome: string, times = 1): void {
    const key = JSON.stringify([fault, work, moment]);
    const at = this.#lines.get(key) ?? { line: { fault, work, moment }, outcomes: new Map() };
    this.#lines.set(key, at);
    at.outcomes.set(outcome, (at.outcomes.get(outcome) ?? 0) + times);
  }
}
