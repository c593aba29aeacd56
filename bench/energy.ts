/**
 * `npx tsx bench/energy.ts --model shakespeare-llama --data genesis.txt [--runs folder] [--out folder]`: trains adapters
 * of each method at several seeds with `oftc finetune`, measures the angles between neurons and their hyperspherical
 * energy with `oftc merge --angles`, and writes bench/results/energy.json and energy.svg. Finished runs are skipped, and
 * interrupted ones go on. docs/energy.md says how to read it.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { main } from '../src/cli/cli.ts';
import type { KeptAngles } from '../src/energy/kept.ts';
import type { KeptByProjection } from '../src/finetune/kept-angles.ts';
import { readMetrics } from '../src/finetune/loop/run-folder.ts';
import { writeWhole } from '../src/formats/write-whole.ts';
import { type Chart, drawChart } from './chart.ts';
import { installPeers } from './peers/modules.ts';
import { ownVersions } from './report.ts';
import { interval, type Summary } from './statistics.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const { values: options } = parseArgs({
  options: {
    model: { type: 'string' },
    data: { type: 'string' },
    runs: { type: 'string', default: join(tmpdir(), 'oftc-energy') },
    out: { type: 'string', default: here('./results') },
    seeds: { type: 'string', default: '1,2,3,4,5' },
    steps: { type: 'string', default: '100' },
    rate: { type: 'string', default: '3e-3' },
  },
});
const { model, data } = options;
if (model === undefined || data === undefined) {
  console.error(
    'usage: npx tsx bench/energy.ts --model folder --data text.txt [--runs folder] [--out folder] …',
  );
  process.exit(2);
}

interface Method {
  readonly name: string;
  readonly shown: string;
  readonly adapter: string;
  readonly set: string;
}

const TERMS = [2, 3, 4, 5, 6, 7, 8];
const METHODS: readonly Method[] = [
  { name: 'oft-exact', shown: 'OFT, exact', adapter: 'oft', set: 'b=32,cayley=exact' },
  ...TERMS.map((n) => ({
    name: `oft-${n}`,
    shown: `OFT, ${n} terms`,
    adapter: 'oft',
    set: `b=32,terms=${n}`,
  })),
  { name: 'boft', shown: 'BOFT, 2 factors', adapter: 'boft', set: 'b=32,factors=2' },
  { name: 'hra', shown: 'HRA, 16 reflections', adapter: 'hra', set: 'r=16' },
  { name: 'lora', shown: 'LoRA, rank 16', adapter: 'lora', set: 'r=16' },
];
const [LENGTH, BATCH, HOLD_OUT] = [64, 4, 20];

interface Run {
  readonly method: string;
  readonly seed: number;
  readonly parameters: number;
  /** The mean held-out losses in nats a token, at the start and at the end. */
  readonly start: number;
  readonly heldOut: number;
  readonly angles: KeptAngles;
}

/** Runs a command of oftc in this process, and returns the object that it prints. Throws if it fails. */
async function oftc<T>(...argv: string[]): Promise<T> {
  let stdout = '';
  const exit = await main([...argv, '--json'], {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: () => {} },
  });
  const result = JSON.parse(stdout);
  if (exit !== 0) throw new Error(`${argv[0]}: ${result.error?.message}`);
  return result;
}

async function measured({ name, adapter, set }: Method, seed: number): Promise<Run> {
  const folder = join(options.runs, `${name}-${seed}`);
  const { parameters } = await oftc<{ parameters: number }>(
    ...['finetune', '--model', model!, '--adapter', adapter, '--set', set, '--targets', 'all-linear'],
    ...['--data', data!, '--out', folder, '--steps', options.steps, '--lr', options.rate],
    ...['--batch', `${BATCH}`, '--length', `${LENGTH}`, '--hold-out', `1/${HOLD_OUT}`],
    ...['--seed', `${seed}`, '--schedule', 'cosine', '--resume'],
  );
  const heldOut = (await readMetrics(folder)).flatMap((m) => ('heldOut' in m ? [m.heldOut] : []));
  const merged = `${folder}-merged`;
  rmSync(merged, { recursive: true, force: true });
  const { angles } = await oftc<{ angles: KeptByProjection }>(
    ...['merge', '--model', model!, '--adapter', join(folder, 'adapter'), '--out', merged, '--angles'],
  );
  rmSync(merged, { recursive: true, force: true });
  return { method: name, seed, parameters, start: heldOut[0]!, heldOut: heldOut.at(-1)!, angles: angles.all };
}

interface Quantity {
  readonly title: string;
  readonly unit: string;
  readonly of: (run: Run) => number | null;
}

const QUANTITIES: readonly Quantity[] = [
  {
    title: 'Root mean square of the changes of angles between neurons',
    unit: 'degrees',
    of: ({ angles }) => angles.rms,
  },
  {
    title: 'Largest change of an angle between neurons',
    unit: 'degrees',
    of: ({ angles }) => angles.largest,
  },
  {
    title: 'Change of the hyperspherical energy, without its sign',
    unit: 'part of the energy of W',
    of: ({ angles }) => Math.abs(angles.energyChange ?? 0),
  },
  {
    title: 'What the series misses of the change: ‖W′ − W′ₑ‖ ÷ ‖W′ₑ − W‖',
    unit: 'part of 1',
    of: ({ angles }) => angles.truncation?.missed ?? null,
  },
];

const chartsOf = (runs: readonly Run[]): Chart[] =>
  QUANTITIES.map(({ title, unit, of }): Chart => {
    const bars = METHODS.flatMap(({ name, shown }): { shown: string; value: Summary }[] => {
      const values = runs.filter((r) => r.method === name).flatMap((r) => of(r) ?? []);
      return values.length === 0 ? [] : [{ shown, value: interval(values) }];
    });
    return {
      ...{ title, unit, logarithmic: true },
      groups: bars.map((b) => b.shown),
      series: [{ name: '', values: bars.map((b) => b.value) }],
    };
  });

/** A Markdown table with a row for each method: medians over the seeds, and their intervals. */
function summary(runs: readonly Run[]): string {
  const text = (values: readonly number[], show: (x: number) => string): string => {
    if (values.length === 0) return '–';
    const { median, low, high } = interval(values);
    return `${show(median)} [${show(low)}, ${show(high)}]`;
  };
  const short = (x: number) => (Math.abs(x) < 1e-3 ? x.toExponential(1) : x.toPrecision(2));
  const rows = METHODS.map(({ name, shown }) => {
    const own = runs.filter((r) => r.method === name);
    const of = (value: (r: Run) => number | null, show: (x: number) => string = short) =>
      text(
        own.flatMap((r) => value(r) ?? []),
        show,
      );
    return [
      shown,
      `${own[0]?.parameters ?? '–'}`,
      of(
        (r) => r.heldOut,
        (x) => x.toFixed(3),
      ),
      of(
        (r) => 100 * (r.angles.moved ?? 0),
        (x) => x.toFixed(1),
      ),
      of((r) => r.angles.rms),
      of((r) => r.angles.largest),
      of((r) => 100 * (r.angles.energyChange ?? 0)),
      of((r) => (r.angles.truncation?.missed == null ? null : 100 * r.angles.truncation.missed)),
    ];
  });
  const head = ['', 'trained', 'held out', 'moved, %', 'rms, °', 'largest, °', 'energy, %', 'missed, %'];
  return [head, head.map((_, k) => (k === 0 ? '---' : '--:')), ...rows]
    .map((r) => `| ${r.join(' | ')} |`)
    .join('\n');
}

const path = join(options.out, 'energy.json');
const settings = {
  model: basename(resolve(model)),
  ...{ methods: METHODS, targets: 'all-linear', steps: Number(options.steps), rate: Number(options.rate) },
  ...{ batch: BATCH, length: LENGTH, schedule: 'cosine', holdOut: `1/${HOLD_OUT}` },
};
const before: { settings: object; runs: Run[] } | undefined = existsSync(path)
  ? JSON.parse(readFileSync(path, 'utf8'))
  : undefined;
if (before && JSON.stringify(before.settings) !== JSON.stringify(settings)) {
  console.error(`${path} is of other settings: remove it, or name another --out`);
  process.exit(2);
}
mkdirSync(options.runs, { recursive: true });
mkdirSync(options.out, { recursive: true });
let runs = before?.runs ?? [];
for (const seed of options.seeds.split(',').map(Number))
  for (const method of METHODS) {
    if (runs.some((r) => r.method === method.name && r.seed === seed)) continue;
    const run = await measured(method, seed);
    runs = [...runs, run];
    await writeWhole(
      path,
      `${JSON.stringify({ date: new Date().toISOString(), versions: ownVersions(), settings, runs }, null, 2)}\n`,
    );
    console.log(
      `${method.name}, seed ${seed}: ${run.heldOut.toFixed(3)}, angles by ${run.angles.rms.toPrecision(2)}°`,
    );
  }
console.log(`\n${summary(runs)}`);
const missing = installPeers();
if (missing !== undefined) console.error(`no chart: ${missing}`);
else {
  const seeds = new Set(runs.map((r) => r.seed)).size;
  const subtitle = `${settings.model}, ${settings.steps} steps at ${settings.rate}; medians and intervals over ${seeds} seeds`;
  await writeWhole(join(options.out, 'energy.svg'), await drawChart(chartsOf(runs), subtitle));
}
