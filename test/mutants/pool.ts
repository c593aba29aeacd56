/** A pool of worker processes. A worker that hangs or dies is replaced. */
import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Job, Report } from './worker.ts';

export interface Outcome {
  readonly reports: readonly Report[];
  readonly end: 'done' | 'hung' | 'died';
}

const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url));

/**
 * A larger young generation is collected less often, and code of a test seldom runs long enough to repay V8's
 * optimising compiler: as for the suite (vitest.config.ts).
 */
const FLAGS = [
  '--max-old-space-size=3072',
  '--min-semi-space-size=64',
  '--max-semi-space-size=64',
  '--interrupt-budget=600000',
];

export type Run = (job: Job) => Promise<Outcome>;

class Worker {
  readonly #outdir: string;
  #process: ChildProcess | undefined;
  constructor(outdir: string) {
    this.#outdir = outdir;
  }

  readonly run: Run = (job) => {
    this.#process ??= fork(WORKER, [this.#outdir], {
      execArgv: [...process.execArgv, ...FLAGS],
      // The time of a test does not count that of processes that it starts, so no test starts Python.
      env: { ...process.env, OFTC_PYTHON: 'none' },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced',
    });
    const child = this.#process;
    const reports: Report[] = [];
    return new Promise((resolve) => {
      const finish = (end: Outcome['end']) => {
        child.removeAllListeners();
        if (end !== 'done') this.stop();
        resolve({ reports, end });
      };
      child.on('message', (report: Report) => {
        reports.push(report);
        if (report.kind === 'done') finish('done');
      });
      // The guard in the worker kills it with this signal (guard.mjs).
      child.on('exit', (_, signal) => finish(signal === 'SIGKILL' ? 'hung' : 'died'));
      child.send(job);
    });
  };

  stop(): void {
    this.#process?.kill('SIGKILL');
    this.#process = undefined;
  }
}

export class Pool {
  readonly #workers: Worker[];
  constructor(outdir: string, size: number | undefined) {
    const count = size ?? Math.max(1, availableParallelism());
    this.#workers = Array.from({ length: count }, () => new Worker(outdir));
  }

  /** Runs `work` on every item, as many at a time as there are workers. */
  async each<T>(items: readonly T[], work: (item: T, run: Run) => Promise<void>): Promise<void> {
    const queue = [...items];
    await Promise.all(
      this.#workers.map(async (worker) => {
        for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item, worker.run);
      }),
    );
  }

  stop(): void {
    for (const w of this.#workers) w.stop();
  }
}
