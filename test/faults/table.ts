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

/** The lines of a kind of fault, with what its process took. */
export interface Told {
  readonly lines: readonly Line[];
  readonly processorSeconds: number;
  readonly peakMB: number;
}

/** Whether every moment is tried, as `npm run test:faults` does; `npm test` tries a few. */
export const ALL = process.env.OFTC_FAULTS === 'all';

/** The most moments of a case, spread evenly; by default all. `OFTC_FAULTS_MOST` gives it for a run on a slow machine. */
const MOST = process.env.OFTC_FAULTS_MOST === undefined ? undefined : Number(process.env.OFTC_FAULTS_MOST);

/** All moments from 1 to `last`, or `few` of them, spread evenly; the first and the last are among them. */
export function moments(last: number, few: number): number[] {
  const all = Array.from({ length: last }, (_, i) => i + 1);
  const most = ALL ? (MOST ?? last) : few;
  if (last <= most) return all;
  if (most === 1) return [Math.ceil(last / 2)];
  return Array.from({ length: most }, (_, i) => all[Math.round((i * (last - 1)) / (most - 1))]!);
}

/** Counts outcomes of a test file's faults, and writes them for `npm run test:faults` when its tests have passed. */
export class Table {
  readonly #lines = new Map<
    string,
    { line: Omit<Line, 'tried' | 'outcomes'>; outcomes: Map<string, number> }
  >();

  constructor(name: string) {
    afterAll(() => {
      const folder = process.env.OFTC_FAULTS_TO;
      if (folder === undefined) return;
      mkdirSync(folder, { recursive: true });
      const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
      const told: Told = {
        lines: this.lines,
        processorSeconds: Math.round((userCPUTime + systemCPUTime) / 1e6),
        peakMB: Math.round(maxRSS / 1024),
      };
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

  /** Adds `times` of an outcome. */
  add(fault: string, work: string, moment: string, outcome: string, times = 1): void {
    const key = JSON.stringify([fault, work, moment]);
    const when = MOST === undefined ? moment : `${moment} (of many, ${MOST} spread evenly)`;
    const at = this.#lines.get(key) ?? { line: { fault, work, moment: when }, outcomes: new Map() };
    this.#lines.set(key, at);
    at.outcomes.set(outcome, (at.outcomes.get(outcome) ?? 0) + times);
  }
}
