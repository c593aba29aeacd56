/**
 * The process that measures the Plans of one table, and predicts them. It sends what it is about to measure before each
 * row, so that the parent knows which row ended it.
 */
import '../../src/node.ts';
import { predictPlan } from '../../kernels-gen/index.ts';
import { classFor, traitsOf } from '../../runtime/choose.ts';
import type { StepProfile } from '../../runtime/index.ts';
import { planOfClass } from '../../runtime/plan.ts';
import { classOf, openDevice } from '../../src/session/backends/gpu.ts';
import { type Compiled, compileFor, type Job, Pool, place } from '../compiled.ts';
import { drawn, isDrawn } from '../layer-values.ts';
import { interval } from '../statistics.ts';
import type { Table } from '../table.ts';
import { BESIDE_PEFT, besidePeft } from './cases.ts';
import type { KernelRow, PlanRow, Rates } from './type.ts';

/** A message to the process that runs rows: the table, and the first row to run. */
export interface Request {
  readonly table: string;
  readonly rounds: number;
  readonly rates: Rates;
  /** The number of rows that are done already. */
  readonly from: number;
}

/** A message of that process: the row that it starts, the row's result or error, or `done` after the last row. */
export type Answer =
  | { readonly starts: string }
  | { readonly row: PlanRow }
  | { readonly fails: string; readonly error: string }
  | { readonly done: true };

/** Random values where they are defined, and else 0: times hardly depend on values. */
const fill = (name: string, elements: number): Float32Array<ArrayBuffer> =>
  isDrawn(name) ? drawn(name, elements) : new Float32Array(elements);

async function plansOf(device: GPUDevice, table: string): Promise<Readonly<Record<string, Job>>> {
  if (table === BESIDE_PEFT) return besidePeft(traitsOf(device).software);
  const module: object = await import(`../tables/${table}.ts`);
  const found = Object.values(module).find(
    (x): x is Table => typeof x === 'object' && x !== null && 'measure' in x,
  );
  return found!.plans();
}

async function measured(device: GPUDevice, job: Job, rounds: number) {
  const pool = new Pool(device);
  const placed: Compiled[] = [];
  try {
    const plain = await place(device, 'plain', job, fill, { pool });
    placed.push(plain);
    const seconds: number[] = [];
    for (let n = 0; n < rounds; n++) seconds.push((await plain.run(plain.repeats)).wall);
    const wall = interval(seconds);
    if (!device.features.has('timestamp-query')) return { wall };
    const profiled = await place(device, 'profiled', job, fill, { pool, profile: true });
    placed.push(profiled);
    const runs: StepProfile[][] = [];
    for (let n = 0; n < rounds; n++) runs.push(await profiled.profile());
    return { wall, kernels: runs[0]!.map((_, k) => interval(runs.map((run) => run[k]!.ns / 1e9)).median) };
  } finally {
    for (const c of placed) c.dispose();
    pool.destroy();
  }
}

async function rowOf(
  device: GPUDevice,
  row: string,
  job: Job,
  { table, rounds, rates }: Request,
): Promise<PlanRow> {
  const plan = planOfClass(job.plan, classFor(traitsOf(device), job.plan).name)!;
  const on = (of: Rates) => predictPlan(plan, job.tokens, traitsOf(device), of);
  const [own, example] = [on(rates), on(classOf(device).example)];
  const { wall, kernels } = await measured(device, job, rounds);
  const time = ({ seconds, uncached }: PlanRow['predicted']) => ({ seconds, uncached });
  return {
    ...{ table, row, tokens: job.tokens, launches: own.launches.length, measured: wall },
    ...{ predicted: time(own), onExample: time(example) },
    ...(kernels && {
      kernels: own.launches.map(
        (l, k): KernelRow => ({
          ...{ kernel: l.kernel, limit: l.limit, predicted: time(l), measured: kernels[k]! },
        }),
      ),
    }),
  };
}

async function answer(request: Request, send: (a: Answer) => void): Promise<void> {
  const device = await openDevice();
  compileFor(classOf(device));
  const rows = Object.entries(await plansOf(device, request.table)).slice(request.from);
  for (const [row, job] of rows) {
    send({ starts: row });
    try {
      send({ row: await rowOf(device, row, job, request) });
    } catch (e) {
      send({ fails: row, error: (e as Error).message });
    }
  }
  send({ done: true });
}

process.on('message', (request: Request) => {
  answer(request, (a) => process.send!(a)).catch((e: Error) => {
    console.error(e.stack);
    process.exit(1);
  });
});
