/**
 * `npm run bench [-- part …] [--pairs n] [--out folder] [--table tuning.json]
 * [--budget seconds]`: measures, prints tables, and writes
 * JSON and charts to bench/results/. `--redraw` only draws the charts again. The benchmark prints ratios and medians,
 * and is never a test. `--gpu` makes one report of all tables on a GPU. docs/benchmarks.md explains it.
 */
import '../src/node.ts';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { classOf, openDevice } from '../src/session/backends/gpu.ts';
import { readTuning } from '../src/tune/read.ts';
import { compileFor, tuneBy } from './compiled.ts';
import { printLimits } from './limit.ts';
import { Peers } from './peers/all.ts';
import { installPeers } from './peers/modules.ts';
import { load, machineOf, redrawAll, writeReport } from './report.ts';
import { scale } from './scale/index.ts';
import type { Table } from './table.ts';
import { bandwidth } from './tables/bandwidth.ts';
import { experts } from './tables/experts.ts';
import { firstDispatch } from './tables/first-dispatch.ts';
import { kernels } from './tables/kernels.ts';
import { layers } from './tables/layers.ts';
import { methods } from './tables/methods.ts';
import { model } from './tables/model.ts';
import { neumann } from './tables/neumann.ts';
import { parts as modelParts } from './tables/parts.ts';
import { pinnedPrograms } from './tables/pinned.ts';
import { quantized } from './tables/quantized.ts';
import { trace } from './tables/trace.ts';
import { tuning } from './tables/tuning.ts';

const TABLES: Readonly<Record<string, Table>> = {
  kernels,
  layers,
  model,
  parts: modelParts,
  methods,
  experts,
  pinned: pinnedPrograms,
  neumann,
  quantized,
  bandwidth,
  'first-dispatch': firstDispatch,
  trace,
  scale,
  tuning,
};
const COMPILER = 'compiler';
const LONG = 'compile-long';
/** The number of random programs that the part LONG compiles. */
const RANDOM = 10_000;
const TORCH = 'torch';
const SIZE = 'size';
const PARTS = [COMPILER, LONG, SIZE, TORCH, ...Object.keys(TABLES)];
/** The samples of each contender: enough for a useful interval of the median. */
const PAIRS = 15;
const RESULTS = fileURLToPath(new URL('./results', import.meta.url));
/** The seconds that each sweep of `scale` may take, beyond which its largest sizes are left out. */
const BUDGET = 60;

const usage = (problem: string): never => {
  console.error(
    `${problem}\n` +
      `usage: npm run bench -- [${PARTS.join('|')}] … [--pairs n] [--out folder] [--table file] [--budget seconds] [--redraw]\n` +
      `       npm run bench -- --gpu [--software] [${Object.keys(TABLES).join('|')}] … [--pairs n] [--out folder]`,
  );
  process.exit(2);
};

function parsed() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        pairs: { type: 'string', default: `${PAIRS}` },
        out: { type: 'string', default: RESULTS },
        gpu: { type: 'boolean', default: false },
        software: { type: 'boolean', default: false },
        table: { type: 'string' },
        budget: { type: 'string', default: `${BUDGET}` },
        redraw: { type: 'boolean', default: false },
      },
    });
  } catch (e) {
    return usage((e as Error).message);
  }
}

const { values: options, positionals } = parsed();
const rounds = Number(options.pairs);
const budget = Number(options.budget);
const unknown = positionals.find((p) => !(options.gpu ? Object.keys(TABLES) : PARTS).includes(p));
if (unknown !== undefined) usage(`there is no part '${unknown}'`);
if (options.gpu && (options.redraw || options.table !== undefined))
  usage('--gpu goes with neither --redraw nor --table');
if (options.software && !options.gpu) usage('--software goes with --gpu alone');
if (!Number.isInteger(rounds) || rounds < 1)
  usage(`--pairs is a whole number from 1, not '${options.pairs}'`);
if (!(budget > 0)) usage(`--budget is a number of seconds above 0, not '${options.budget}'`);
if (options.gpu) {
  const { FOLDER, measureGpu } = await import('./gpu/index.ts');
  const tables = positionals.length > 0 ? positionals : Object.keys(TABLES);
  const folder = options.out === RESULTS ? FOLDER : options.out;
  process.exit(await measureGpu({ tables, folder, rounds, software: options.software }));
}
if (options.redraw) {
  installPeers();
  await redrawAll(options.out);
  process.exit();
}
if (options.table !== undefined) tuneBy(readTuning(options.table));
// PyTorch is measured where it is asked for, since it needs PEFT's sources.
const parts = PARTS.filter((p) => (positionals.length > 0 ? positionals.includes(p) : p !== TORCH));

// These parts alone need the built compiler.
if (parts.includes(COMPILER)) await (await import('./compiler.ts')).measureCompiler(options.out);
if (parts.includes(LONG)) (await import('./long-programs.ts')).measureLong(options.out, RANDOM);
if (parts.includes(SIZE)) await (await import('./package-size.ts')).measurePackage(options.out);
if (parts.includes(TORCH)) await (await import('./torch/index.ts')).measureTorch(options.out, rounds);
const tables = Object.entries(TABLES).filter(([name]) => parts.includes(name));
if (tables.length > 0) {
  const device = await openDevice();
  compileFor(classOf(device));
  const machine = machineOf(device);
  const peers = new Peers();
  console.log(`${machine.device}, ${machine.cores} cores; ${rounds} rounds; median [95 % interval]\n`);
  try {
    for (const [name, table] of tables) {
      const loadBefore = load();
      try {
        const result = await table.measure({ device, rounds, peers, budget });
        if (result.limits) printLimits(result.limits);
        await writeReport(options.out, name, result, { machine, rounds, loadBefore, table: options.table });
      } catch (e) {
        console.error(`${name} failed, the other tables go on:\n${(e as Error).stack}`);
        process.exitCode = 1;
      }
    }
  } finally {
    peers.stop();
  }
  device.destroy();
}
