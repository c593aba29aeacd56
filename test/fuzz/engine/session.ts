/** Runs a fuzzer in processes of its own, goes on where one ends, and adds up what they met. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../support/bundled.ts';
import type { Case, Fault } from '../target.ts';
import { bundle } from './bundle.ts';
import { keep } from './corpus.ts';
import { type Result, runningCase, type Task } from './main.ts';

export interface Asked {
  readonly seed: number;
  readonly cases: number | null;
  readonly minutes: number | null;
  readonly fault?: Fault;
  readonly first?: boolean;
  readonly replay?: readonly Case[];
  /** Prints what the processes print. */
  readonly loud?: boolean;
}

/** Runs the target's fuzzer. A process that hangs or ends counts as one failed case, and another goes on. */
export async function session(target: string, asked: Asked): Promise<Result> {
  // Below node_modules, where the bundle finds packages.
  const cache = join(ROOT, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, `oftc-fuzz-${target}-`));
  try {
    const script = join(folder, 'fuzz.cjs');
    await bundle(target, script, asked.fault);
    const results: Result[] = [];
    const end = Date.now() + (asked.minutes ?? 0) * 60_000;
    for (let turn = 0; ; turn++) {
      const done = results.reduce((sum, r) => sum + r.cases, 0);
      const task: Task = {
        seed: asked.seed + 1_000_003 * turn,
        cases: asked.cases === null ? null : asked.cases - done,
        minutes: asked.minutes === null ? null : (end - Date.now()) / 60_000,
        folder,
        first: asked.first ?? false,
        replay: asked.replay ?? null,
      };
      const result = await run(target, script, task, asked.loud ?? false);
      results.push(result);
      const isCut = result.cases === CUT;
      const isOver =
        (asked.minutes !== null && Date.now() > end) ||
        (asked.cases !== null && done + result.cases >= asked.cases);
      if (!isCut || isOver || task.first || task.replay) return added(results);
      if (turn >= 20)
        throw new Error(`${target}: more than 20 processes were ended; mend what is in its corpus first`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Most cases end in an error, whose stack is short; objects die young, and room for them saves time. */
const FLAGS = [
  '--stack-trace-limit=6',
  '--max-old-space-size=4096',
  '--min-semi-space-size=64',
  '--max-semi-space-size=64',
];

/** A process that was ended reports no number of cases; one is known to have run. */
const CUT = 1;

async function run(target: string, script: string, task: Task, loud: boolean): Promise<Result> {
  const [result, why] = [join(task.folder, 'result.json'), join(task.folder, 'why')];
  for (const file of [result, why]) rmSync(file, { force: true });
  const child = spawn(process.execPath, [...FLAGS, script, JSON.stringify(task)], {
    env: { ...process.env, OFTC_PLANS: 'off' },
    stdio: ['ignore', loud ? 'inherit' : 'ignore', 'inherit'],
  });
  const ended = await new Promise<string>((resolve) => {
    child.on('close', (status, signal) => resolve(signal === null ? `exit ${status}` : `${signal}`));
  });
  if (existsSync(result)) return JSON.parse(readFileSync(result, 'utf8')) as Result;
  const running = join(task.folder, 'running');
  if (!existsSync(running)) throw new Error(`${target}: the fuzzer did not start: ${ended}`);
  const input = runningCase(readFileSync(running));
  const error = existsSync(why) ? readFileSync(why, 'utf8') : `the process ended: ${ended}`;
  const file = task.first ? null : keep(target, input, `${error} ${JSON.stringify(input)}`, error);
  return {
    ...{ cases: CUT, crashes: 1, failures: [{ signature: error, error, file, input }] },
    ...{
      slowestMs: 0,
      slowest: undefined,
      peakMB: 0,
      processorSeconds: 0,
      outcomes: { [`failed ${error}`]: 1 },
    },
    ...{ pool: 0, blocks: 0 },
  };
}

function added(results: readonly Result[]): Result {
  const sum = (of: (r: Result) => number): number => results.reduce((total, r) => total + of(r), 0);
  const most = (of: (r: Result) => number): number => Math.max(...results.map(of));
  const outcomes: Record<string, number> = {};
  for (const r of results)
    for (const [name, n] of Object.entries(r.outcomes)) outcomes[name] = (outcomes[name] ?? 0) + n;
  return {
    ...{
      cases: sum((r) => r.cases),
      crashes: sum((r) => r.crashes),
      failures: results.flatMap((r) => r.failures),
    },
    ...{
      slowestMs: most((r) => r.slowestMs),
      slowest: results.find((r) => r.slowestMs === most((x) => x.slowestMs))?.slowest,
    },
    ...{ peakMB: most((r) => r.peakMB), processorSeconds: sum((r) => r.processorSeconds), outcomes },
    ...{ pool: most((r) => r.pool), blocks: most((r) => r.blocks) },
  };
}
