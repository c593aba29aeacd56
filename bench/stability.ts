/**
 * `npx tsx bench/stability.ts --data genesis.txt [--original folder] [--runs folder] [--out folder]`: trains QOFT and
 * QLoRA on a model in NF4 at several learning rates and seeds with `oftc finetune`, merges each with `oftc merge`,
 * and writes the results to bench/results/stability.json. Finished runs are skipped, and interrupted ones go on.
 * docs/stability.md says how to read it.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { main } from '../src/cli/cli.ts';
import { readData } from '../src/finetune/data/read.ts';
import { meanLoss } from '../src/finetune/loop/feed.ts';
import { readMetrics } from '../src/finetune/loop/run-folder.ts';
import { Model } from '../src/finetune/model-run.ts';
import { weightsFrom } from '../src/finetune/models/from-files.ts';
import { openModel } from '../src/finetune/models/open.ts';
import { linearModules } from '../src/finetune/models/weights.ts';
import type { Requantisations } from '../src/finetune/requantisation.ts';
import { requantize } from '../src/formats/checkpoint/requantize.ts';
import { deviation } from '../src/formats/quantized/index.ts';
import { writeWhole } from '../src/formats/write-whole.ts';
import { openDevice } from '../src/session/backends/gpu.ts';
import { type Machine, machineOf, ownVersions } from './report.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const list = (text: string): number[] => text.split(',').map(Number);

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: here('../examples/shakespeare-llama-nf4') },
    data: { type: 'string' },
    original: { type: 'string' },
    runs: { type: 'string', default: join(tmpdir(), 'oftc-stability') },
    out: { type: 'string', default: here('./results') },
    rates: { type: 'string', default: '1e-3,1e-2,1e-1' },
    methods: { type: 'string', default: 'QOFT,QLoRA' },
    seeds: { type: 'string', default: '1,2,3' },
    steps: { type: 'string', default: '100' },
  },
});
const { model, data } = options;
if (data === undefined) {
  console.error('usage: npx tsx bench/stability.ts --data text.txt [--original folder] [--runs folder] …');
  process.exit(2);
}

const METHODS = {
  QOFT: { adapter: 'oft', set: 'b=32' },
  /** QOFT with (I − Q)⁻¹ itself instead of its Neumann series, which diverges for ‖Q‖ ≥ 1. */
  'QOFT-exact': { adapter: 'oft', set: 'b=32,cayley=exact' },
  QLoRA: { adapter: 'lora', set: 'r=16' },
} as const;
type Method = keyof typeof METHODS;
const methods = options.methods.split(',').map((name): Method => {
  if (name === 'QOFT' || name === 'QOFT-exact' || name === 'QLoRA') return name;
  throw new Error(`--methods: there is no ${name}, only ${Object.keys(METHODS).join(', ')}`);
});
const [LENGTH, BATCH, HOLD_OUT] = [64, 4, 20];

interface Key {
  readonly method: Method;
  readonly rate: number;
  readonly seed: number;
}

interface Run extends Key {
  readonly parameters: number | null;
  /** The mean held-out losses in nats a token, at the start and at the end; null if the run had no end. */
  readonly start: number;
  readonly heldOut: number | null;
  /** The largest loss of any step or evaluation. */
  readonly largestLoss: number;
  /** OFT6007 for a loss or gradient that was not finite; `above the start` if the last loss exceeds the first. */
  readonly diverged: 'OFT6007' | 'above the start' | null;
  readonly steps: number;
  /** The merged model with requantised weights; null if there is no trained adapter. */
  readonly merged:
    | { readonly heldOut: number; readonly requantised: Requantisations }
    | { readonly refused: string }
    | null;
}

interface Report {
  readonly date: string;
  readonly machine: Machine;
  readonly versions: object;
  readonly settings: object;
  /** The error ‖Q(W) − W‖ ÷ ‖W‖ of quantising the original weights; null without them. */
  readonly original: number | null;
  readonly runs: readonly Run[];
}

const nameOf = ({ method, rate, seed }: Key): string => `${method}-${rate}-${seed}`;

/** Runs a command of oftc in this process. Returns its exit code and the object that it prints. */
async function oftc<T>(...argv: string[]): Promise<{ exit: number; result: T }> {
  let stdout = '';
  const exit = await main([...argv, '--json'], {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: () => {} },
  });
  return { exit, result: JSON.parse(stdout) };
}

/** The mean loss of a model on the sequences that the runs hold out. */
async function heldOutLoss(folder: string): Promise<number> {
  const files = await openModel(folder);
  try {
    const config = files.config;
    const { vocabSize: vocabulary } = config;
    const cut = { length: LENGTH, holdOut: HOLD_OUT, vocabulary };
    const { heldOut } = await readData([data!], files, cut);
    const opened = await Model.open({ config, weights: weightsFrom(files) });
    try {
      return await meanLoss(opened, heldOut, BATCH);
    } finally {
      opened.dispose();
    }
  } finally {
    await files.close();
  }
}

type Trained = {
  readonly parameters?: number;
  readonly error?: { readonly code: string; readonly message: string };
};

/** Trains, or resumes at the folder's checkpoint. */
async function trained(key: Key, folder: string): Promise<Trained> {
  const { adapter, set } = METHODS[key.method];
  const { exit, result } = await oftc<Trained>(
    ...['finetune', '--model', model, '--adapter', adapter, '--set', set, '--targets', 'all-linear'],
    ...['--data', data!, '--out', folder, '--steps', options.steps, '--lr', `${key.rate}`],
    ...['--batch', `${BATCH}`, '--length', `${LENGTH}`, '--hold-out', `1/${HOLD_OUT}`],
    ...['--seed', `${key.seed}`, '--schedule', 'cosine', '--resume'],
  );
  if (exit === 0 || result.error?.code === 'OFT6007') return result;
  throw new Error(`${nameOf(key)}: ${result.error?.message}`);
}

async function measured(key: Key): Promise<Run> {
  const folder = join(options.runs, nameOf(key));
  const { parameters = null, error } = await trained(key, folder);
  const metrics = await readMetrics(folder);
  const heldOut = metrics.flatMap((m) => ('heldOut' in m ? [m.heldOut] : []));
  const losses = metrics.flatMap((m) => ('loss' in m ? [m.loss] : []));
  const [start, end] = [heldOut[0]!, error ? null : heldOut.at(-1)!];
  return {
    ...key,
    parameters,
    start,
    heldOut: end,
    largestLoss: Math.max(...heldOut, ...losses),
    diverged: error ? 'OFT6007' : end! > start ? 'above the start' : null,
    steps: losses.length,
    merged: error ? null : await merged(folder),
  };
}

async function merged(folder: string): Promise<Run['merged']> {
  const out = `${folder}-merged`;
  rmSync(out, { recursive: true, force: true });
  const { exit, result } = await oftc<{ requantised: Requantisations; error?: { message: string } }>(
    ...['merge', '--model', model, '--adapter', join(folder, 'adapter'), '--out', out],
  );
  if (exit !== 0) return { refused: result.error!.message };
  return { heldOut: await heldOutLoss(out), requantised: result.requantised };
}

/** The error of quantising the original weights. */
async function quantisingError(folder: string): Promise<number> {
  const [before, after] = [await openModel(folder), await openModel(model)];
  let [squares, norm] = [0, 0];
  for (const module of linearModules(after.config).keys()) {
    const name = `${module}.weight`;
    const stored = after.weights.get(name);
    const weight = stored && (await after.quantised(name));
    if (!stored || !weight) continue;
    const values = await before.weight(name);
    const tensor = requantize(values, { stored, weight, quantization: after.config.quantization });
    squares += deviation(tensor, values).squares;
    norm += values.reduce((sum, value) => sum + value * value, 0);
  }
  await before.close();
  await after.close();
  return Math.sqrt(squares / norm);
}

/**
 * Makes two Markdown tables, of training and of merging. Each has a row for each method and rate, over all
 * seeds.
 */
function summary(all: readonly Run[]): string {
  const groups = new Map<string, Run[]>();
  for (const r of [...all].sort((a, b) => a.rate - b.rate || b.method.localeCompare(a.method))) {
    const name = `${r.rate.toExponential()} | ${r.method}`;
    groups.set(name, [...(groups.get(name) ?? []), r]);
  }
  const mean = (of: readonly number[], digits: number): string =>
    of.length === 0 ? '–' : (of.reduce((a, b) => a + b, 0) / of.length).toFixed(digits);
  const table = (head: string, row: (of: readonly Run[]) => readonly string[]): string => {
    const rows = [...groups].map(([name, of]) => `| ${name} | ${row(of).join(' | ')} |`);
    return [head, head.replace(/[^|]+/g, '---'), ...rows].join('\n');
  };
  const training = table('| rate | | held out, by seed | mean | largest loss | diverged |', (runs) => {
    const ends = runs.map((r) => r.heldOut);
    return [
      ends.map((x) => x?.toFixed(3) ?? '–').join(', '),
      mean(
        ends.filter((x) => x !== null),
        3,
      ),
      Math.max(...runs.map((r) => r.largestLoss)).toFixed(2),
      `${runs.filter((r) => r.diverged).length} of ${runs.length}`,
    ];
  });
  const merging = table(
    '| rate | | held out: adapter | merged | changed, % | lost, % | of the change, % | range |',
    (runs) => {
      const both = runs.flatMap(({ heldOut, merged: m }) =>
        heldOut !== null && m && 'heldOut' in m ? [{ heldOut, after: m.heldOut, ...m.requantised.all }] : [],
      );
      const of = (value: (one: (typeof both)[number]) => number, digits: number) =>
        mean(both.map(value), digits);
      return [
        of((r) => r.heldOut, 3),
        of((r) => r.after, 3),
        of((r) => (100 * r.relative) / (r.ofUpdate ?? Infinity), 1),
        of((r) => 100 * r.relative, 2),
        of((r) => 100 * (r.ofUpdate ?? 0), 0),
        of((r) => r.range, 3),
      ];
    },
  );
  return `${training}\n\n${merging}`;
}

const path = join(options.out, 'stability.json');
const settings = {
  model: basename(resolve(model)),
  ...{ methods: METHODS, targets: 'all-linear', steps: Number(options.steps) },
  ...{ batch: BATCH, length: LENGTH, schedule: 'cosine', holdOut: `1/${HOLD_OUT}` },
};
const before: Report | undefined = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
if (before && JSON.stringify(before.settings) !== JSON.stringify(settings)) {
  console.error(`${path} is of other settings: remove it, or name another --out`);
  process.exit(2);
}
const device = await openDevice();
const machine = machineOf(device);
device.destroy();
const original =
  options.original === undefined ? (before?.original ?? null) : await quantisingError(options.original);
mkdirSync(options.runs, { recursive: true });
mkdirSync(options.out, { recursive: true });
let runs = before?.runs ?? [];
const save = () => {
  const report: Report = {
    ...{ date: new Date().toISOString(), machine, versions: ownVersions() },
    ...{ settings, original, runs },
  };
  return writeWhole(path, `${JSON.stringify(report, null, 2)}\n`);
};
await save();
for (const seed of list(options.seeds))
  for (const rate of list(options.rates))
    for (const method of methods) {
      const key = { method, rate, seed };
      if (runs.some((r) => nameOf(r) === nameOf(key))) continue;
      const run = await measured(key);
      runs = [...runs, run];
      await save();
      console.log(
        `${nameOf(run)}: ${run.start.toFixed(3)} → ${run.heldOut?.toFixed(3)} ${run.diverged ?? ''}`,
      );
    }
console.log(`\n${summary(runs)}`);
