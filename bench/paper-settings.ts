/**
 * `npx tsx bench/paper-settings.ts --model base --data node.txt --validation node-test.txt [--engine torch]`: finetunes a
 * model at the settings of OFTv2's paper (arXiv 2506.19847), as `oftc finetune` does: at pairs of learning rates, on
 * weights as they are and in NF4, with several numbers of terms of the Cayley–Neumann series, with activations in f16,
 * and for longer. It writes bench/results/paper-settings.json after every run, and skips the runs that are in it; then
 * the chart paper-settings.svg. `--parts`, `--methods` and `--seeds` choose runs, and `--jobs n` trains adapters of n
 * kinds at a time. docs/paper-settings.md has the commands that make the model and the texts.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ENGINES } from '../src/cli/finetune/options.ts';
import { writeWhole } from '../src/formats/write-whole.ts';
import { drawChart } from './chart.ts';
import { deviationOf } from './paper-settings/deviation.ts';
import { chartsOf } from './paper-settings/figures.ts';
import {
  BLOCK,
  type Cell,
  cellsOf,
  METHODS,
  nameOf,
  PARTS,
  type Run,
  SETTINGS,
} from './paper-settings/grid.ts';
import { type Inputs, kindOf, Trainer } from './paper-settings/trainer.ts';
import { installPeers } from './peers/modules.ts';
import { ownVersions } from './report.ts';

const { values: options } = parseArgs({
  options: {
    model: { type: 'string' },
    data: { type: 'string' },
    validation: { type: 'string' },
    engine: { type: 'string', default: 'webgpu' },
    jobs: { type: 'string', default: '1' },
    parts: { type: 'string', default: PARTS.join(',') },
    methods: { type: 'string', default: METHODS.join(',') },
    seeds: { type: 'string', default: '1,2,3,4,5' },
    out: { type: 'string', default: fileURLToPath(new URL('./results', import.meta.url)) },
  },
});
const { model, data, validation } = options;
const engine = options.engine as Inputs['engine'];
if (model === undefined || data === undefined || validation === undefined || !ENGINES.includes(engine)) {
  console.error(
    `usage: npx tsx bench/paper-settings.ts --model folder --data text --validation text [--engine ${ENGINES.join('|')}] …`,
  );
  process.exit(2);
}

/** The names of an option. Exits for one that is not known. */
function chosen<Name extends string>(option: 'parts' | 'methods', known: readonly Name[]): Name[] {
  const names = options[option].split(',');
  const strange = names.find((name) => !known.some((k) => k === name));
  if (strange !== undefined) refuse(`--${option}: there is no ${strange}, only ${known.join(', ')}`);
  return known.filter((k) => names.includes(k));
}

/** The whole numbers of an option. Exits for anything else. */
function numbers(option: 'seeds' | 'jobs'): number[] {
  const texts = options[option].split(',');
  const strange = texts.find((text) => !/^[1-9]\d*$/.test(text));
  if (strange !== undefined) refuse(`--${option}: '${strange}' is no whole number above 0`);
  return texts.map(Number);
}

function refuse(problem: string): never {
  console.error(problem);
  process.exit(2);
}

const [parts, methods] = [chosen('parts', PARTS), chosen('methods', METHODS)];
const [seeds, [jobs]] = [numbers('seeds'), numbers('jobs')];

/** The trainers in use, by kind. */
const trainers = new Map<string, Promise<Trainer>>();

async function measured(cell: Cell): Promise<Run> {
  const inputs = { model: model!, data: data!, validation: validation!, engine };
  const trainer = trainers.get(kindOf(cell)) ?? Trainer.open(cell, inputs);
  trainers.set(kindOf(cell), trainer);
  const { values, ...trained } = await (await trainer).train(cell);
  const deviation = cell.terms === null ? null : await deviationOf(values, BLOCK, cell.terms);
  return { ...cell, ...trained, deviation };
}

const path = join(options.out, 'paper-settings.json');
const settings = { model: basename(resolve(model)), data: basename(data), engine, ...SETTINGS };
const before: { settings: object; runs: Run[] } | undefined = existsSync(path)
  ? JSON.parse(readFileSync(path, 'utf8'))
  : undefined;
if (before && JSON.stringify(before.settings) !== JSON.stringify(settings))
  refuse(`${path} is of other settings: remove it, or name another --out`);
mkdirSync(options.out, { recursive: true });
let runs = before?.runs ?? [];

async function record(cell: Cell): Promise<void> {
  const run = await measured(cell);
  runs = [...runs, run];
  const report = { date: new Date().toISOString(), versions: ownVersions(), settings, runs };
  await writeWhole(path, `${JSON.stringify(report, null, 2)}\n`);
  console.log(`${nameOf(cell)}: perplexity ${Math.exp(run.heldOut).toFixed(3)}`);
}

for (const part of parts) {
  const missing = seeds
    .flatMap((seed) => cellsOf(part, seed))
    .filter((cell) => methods.includes(cell.method))
    .filter((cell) => !runs.some((r) => nameOf(r) === nameOf(cell)));
  // An engine trains one adapter at a time.
  const kinds = [...new Set(missing.map(kindOf))].values();
  const work = async () => {
    for (const kind of kinds) for (const cell of missing) if (kindOf(cell) === kind) await record(cell);
  };
  await Promise.all(Array.from({ length: jobs! }, work));
}
for (const trainer of trainers.values()) await (await trainer).dispose();
const missing = installPeers();
if (missing !== undefined) console.error(`no chart: ${missing}`);
else {
  const subtitle = `${settings.model} on ${settings.data}; medians and intervals over the seeds`;
  await writeWhole(join(options.out, 'paper-settings.svg'), await drawChart(chartsOf(runs), subtitle));
}
