/** Runs layers.py, and reports the steps of PEFT's layers as they are and with derived passes. */
import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { randomModel } from '../models.ts';
import { load, writeReport } from '../report.ts';
import type { Summary } from '../statistics.ts';
import { CONFIG, RANDOM } from '../tables/model.ts';
import { measureSteps } from './step.ts';

type Interval = Pick<Summary, 'median' | 'low' | 'high'>;

/** The figures of layers.py. Ratios are of processor times within rounds. */
interface Figures {
  readonly torch: string;
  readonly rounds: number;
  readonly methods: Readonly<
    Record<
      string,
      {
        readonly overFrozen: { readonly derived: Interval; readonly peft?: Interval };
        readonly derivedOverPeft?: Interval;
      }
    >
  >;
}

/**
 * Tells glibc to keep freed memory. By default it gives some back after each step, by the sizes that were freed last, and
 * getting it again takes time.
 */
const KEEPING = { MALLOC_TRIM_THRESHOLD_: '1073741824', MALLOC_MMAP_THRESHOLD_: '1073741824' };

/** Runs a script of this folder, and returns its output. Says what is missing, and sets the exit code, where it fails. */
function run(env: Readonly<Record<string, string>>, script: string, ...args: string[]): string | undefined {
  const python = process.env.OFTC_PYTHON ?? '/usr/bin/python3';
  const { status, error, stdout } = spawnSync(
    python,
    [fileURLToPath(new URL(script, import.meta.url)), ...args],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...env, OPENBLAS_NUM_THREADS: '1', PYTHONDONTWRITEBYTECODE: '1' },
    },
  );
  if (status === 0) return stdout;
  console.error(`bench: ${python} ended with ${status ?? error?.message}`);
  process.exitCode = 1;
  return undefined;
}

/** Measures PEFT's layers, and a step of a model with them, and writes torch.json and torch.svg. */
export async function measureTorch(folder: string, rounds: number): Promise<void> {
  const loadBefore = load();
  const [given, kept] = [{}, KEEPING].map((env) => run(env, 'layers.py', '--rounds', `${rounds}`));
  if (kept === undefined || given === undefined) return;
  const steps = await measureSteps(randomModel(RANDOM, CONFIG), rounds, (...args) => run({}, ...args));
  const withKeptMemory = (JSON.parse(kept) as Figures).methods;
  const figures = { ...(JSON.parse(given) as Figures), withKeptMemory, steps };
  const methods = Object.entries(figures.methods).flatMap(
    ([
      name,
      {
        overFrozen: { peft, derived },
      },
    ]) => (peft ? [{ name, peft, derived }] : []),
  );
  const values = (of: 'peft' | 'derived') =>
    methods.map((m): Summary => ({ ...m[of], runs: figures.rounds }));
  const chart = {
    title: 'A training step of one layer in PyTorch, over that of the frozen layer',
    unit: '×',
    groups: methods.map(({ name }) => name),
    series: [
      { name: 'PEFT', values: values('peft') },
      { name: 'derived', values: values('derived') },
    ],
    lines: [{ name: 'frozen layer', at: 1 }],
  };
  const machine = {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: 1,
    node: process.version,
    device: `PyTorch ${figures.torch} on one core`,
    driver: 'none',
    subgroupSize: [undefined, undefined] as const,
  };
  await writeReport(folder, 'torch', { figures, charts: [chart] }, { machine, rounds, loadBefore });
}
