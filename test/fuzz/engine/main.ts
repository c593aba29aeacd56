/** The fuzzer's own process, which runs cases and writes what it met; run.ts starts it. */
import { openSync, writeFileSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { peakMB, processorSeconds } from '../../trust/report.ts';
import type { Case, Target } from '../target.ts';
import { corpusOf, keep } from './corpus.ts';
import { type Failure, Fuzzer } from './fuzzer.ts';

/** The request of run.ts, as JSON in the first argument. */
export interface Task {
  readonly seed: number;
  /** The number of cases, and the minutes of the clock: what comes first ends the run. */
  readonly cases: number | null;
  readonly minutes: number | null;
  /** The folder for what this process writes. */
  readonly folder: string;
  /** Whether it stops at the first failure and keeps none, as for a planted fault. */
  readonly first: boolean;
  /** Cases to run instead of drawn ones. */
  readonly replay: readonly Case[] | null;
}

/** The result, as JSON in `result.json` of the folder. */
export interface Result {
  readonly cases: number;
  readonly crashes: number;
  readonly failures: readonly {
    readonly signature: string;
    readonly error: string;
    readonly file: string | null;
    readonly input: Case;
  }[];
  readonly slowestMs: number;
  readonly slowest: Case | undefined;
  readonly peakMB: number;
  readonly processorSeconds: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly pool: number;
  readonly blocks: number;
}

/** The processor seconds after which a case counts as hung: twice what a case may take, as it is timed roughly. */
const SECONDS = 20;
const IDLE_SECONDS = 120;
const MEGABYTES = 3000;
/** The most failures of different kinds that are shrunk. */
const KINDS = 40;

const blocks = (): number => (globalThis as { __blocks?: number }).__blocks ?? 0;

export async function main(target: Target): Promise<void> {
  const task = JSON.parse(process.argv[2]!) as Task;
  const fuzzer = await Fuzzer.of(target, task.seed, {
    reached: blocks,
    before: watch(task.folder, target.seconds ?? SECONDS),
  });
  for (const { input } of corpusOf(target.name)) fuzzer.pool.push(input);
  const failures = new Map<string, { failure: Failure; file: string | null; input: Case }>();
  let crashes = 0;
  const met = async (failure: Failure): Promise<void> => {
    crashes++;
    if (failures.has(failure.signature) || failures.size >= KINDS) return;
    const input = await fuzzer.shrunk(failure);
    const [words] = failure.error.split('\n', 1);
    const file = task.first ? null : keep(target.name, input, failure.signature, words!);
    failures.set(failure.signature, { failure, file, input });
  };
  const end = Date.now() + (task.minutes ?? 0) * 60_000;
  const count = (): number => target.inputs?.() ?? fuzzer.cases;
  const isDone = (): boolean =>
    (task.first && crashes > 0) ||
    (task.minutes !== null && Date.now() > end) ||
    (task.cases !== null && count() >= task.cases);
  if (task.replay) {
    for (const input of task.replay) {
      const { outcome, failure } = await fuzzer.attempt(input);
      console.log(failure ? failure.error : outcome);
      if (failure) crashes++;
    }
  } else
    while (!isDone()) {
      const failure = await fuzzer.step();
      if (failure) await met(failure);
      if (fuzzer.cases % (target.inputs ? 5 : 50_000) === 0)
        console.log(`${count()} cases, ${crashes} failed, ${fuzzer.pool.length} kept, ${blocks()} blocks`);
    }
  const result: Result = {
    ...{ cases: task.replay?.length ?? count(), crashes },
    failures: [...failures].map(([signature, { failure, file, input }]) => ({
      signature,
      error: failure.error,
      file,
      input,
    })),
    ...{ slowestMs: Math.round(fuzzer.slowest.ms * 10) / 10, slowest: fuzzer.slowest.input },
    ...{ peakMB: peakMB(), processorSeconds: processorSeconds(), pool: fuzzer.pool.length, blocks: blocks() },
    outcomes: Object.fromEntries([...fuzzer.outcomes].sort(([, a], [, b]) => b - a)),
  };
  writeFileSync(`${task.folder}/result.json`, JSON.stringify(result));
  process.exit(0);
}

/** Starts the guard. The result writes each case to a file before it runs, for it may be the one that ends the process. */
function watch(folder: string, seconds: number): (input: Case) => void {
  const counter = new Int32Array(new SharedArrayBuffer(4));
  const guard = new Worker(fileURLToPath(new URL('./guard.mjs', import.meta.url)), {
    execArgv: [],
    workerData: {
      counter,
      seconds,
      megabytes: MEGABYTES,
      idleSeconds: IDLE_SECONDS,
      file: `${folder}/why`,
    },
  });
  guard.unref();
  const running = openSync(`${folder}/running`, 'w');
  return (input) => {
    const text = Buffer.from(JSON.stringify(input));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(text.length);
    writeSync(running, Buffer.concat([length, text]), 0, text.length + 4, 0);
    Atomics.add(counter, 0, 1);
  };
}

/** The case that a process ran when it ended. */
export function runningCase(file: Buffer): Case {
  return JSON.parse(file.subarray(4, 4 + file.readUInt32LE(0)).toString()) as Case;
}
