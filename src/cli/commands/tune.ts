/** `oftc tune`: measures schedules on this device and keeps them in a table. */

import { bindProgram, solveDims } from '../../../compiler/ir/bind.ts';
import { TYPICAL_TOKENS } from '../../../kernels-gen/index.ts';
import { type Tunable, tunablesOf } from '../../../kernels-gen/tune/candidates.ts';
import { traitsOf } from '../../../runtime/choose.ts';
import { table } from '../../explain/layout.ts';
import { duration } from '../../explain/units.ts';
import { secondsSince } from '../../finetune/loop/seconds.ts';
import { loadProgram } from '../../language/load.ts';
import { classOf, openDevice } from '../../session/backends/gpu.ts';
import { compileOn } from '../../session/plan.ts';
import { storagesOf } from '../../session/quantized.ts';
import { variantsOf } from '../../session/session.ts';
import { defaultTable } from '../../tune/default-table.ts';
import { TuningFile } from '../../tune/file.ts';
import { type Tuned, tuneKernels } from '../../tune/index.ts';
import { Bench, clockOf } from '../../tune/measure.ts';
import { readTuning } from '../../tune/read.ts';
import { printTuning, type TuningEntry } from '../../tune/table.ts';
import { type Io, print, printJson, withProgress } from '../io.ts';
import { checkDims, type SharedOptions, type SourceArguments } from '../options.ts';
import { versionOf } from '../package.ts';
import { checkReplaceable, replaceFile, replaceLocked } from '../replace-file.ts';
import { UsageError } from '../usage-error.ts';

export interface TuneArguments extends SourceArguments, Pick<SharedOptions, 'activations' | 'quantize'> {
  readonly tokens?: number;
  readonly grad?: boolean;
  readonly budget?: number;
  readonly table?: string;
  readonly import?: string;
  readonly export?: string;
}

const BUDGET = 120;

export async function tuneCommand(file: string, args: TuneArguments, io: Io): Promise<void> {
  checkDims(args, 'compiling: give --tokens for what to measure at');
  const tokens = args.tokens ?? TYPICAL_TOKENS;
  if (tokens === 0) throw new UsageError('without tokens there is nothing to measure: give --tokens');
  const path = args.table ?? defaultTable();
  const { import: from, export: to } = args;
  if (to !== undefined) await checkReplaceable(to);
  // Read both tables before measuring, so that a damaged one is refused at once.
  const imported = from === undefined ? undefined : readTuning(from);
  const kept = TuningFile.open(path, replaceLocked);
  const { program } = loadProgram(file, { layer: args.layer, config: args.set ?? {}, dims: args.dims });
  const sizes = solveDims(program, args.dims ?? {});
  const stored = storagesOf(bindProgram(program, sizes), args.quantize ?? {});
  const options = { sizes, stored, activations: args.activations };
  const device = await openDevice();
  try {
    const [traits, own] = [traitsOf(device), classOf(device)];
    const kernels = new Map<string, Tunable>();
    for (const gradients of args.grad ? [false, true] : [false]) {
      const variants = variantsOf(compileOn(own, program, { ...options, gradients }));
      for (const k of tunablesOf(variants, tokens, { traits, class: own })) kernels.set(k.key, k);
    }
    if (imported) await kept.add(imported.entries);
    const start = performance.now();
    const seconds = () => secondsSince(start);
    const tuned = await withProgress(io, 'Tuning', (say) =>
      tuneKernels([...kernels.values()], {
        adapter: traits.adapter,
        tokens,
        clock: clockOf(device),
        version: versionOf('oftc'),
        budget: args.budget ?? BUDGET,
        now: seconds,
        open: (_, first) => Bench.open(device, first, tokens),
        table: () => kept.table,
        record: (entry) => kept.add([entry]),
        progress: ({ label }, at, of) => say(`Tuning ${at} of ${of}: ${label}`),
      }),
    );
    const known = tuned.flatMap(({ entry }) => entry ?? []);
    if (to !== undefined) await replaceFile(to, printTuning({ entries: known }), io);
    const { description, device: model, vendor } = device.adapterInfo;
    const summary = {
      layer: program.name,
      device: description || model || vendor,
      tokens,
      clock: clockOf(device),
      seconds: seconds(),
      table: path,
      kernels: tuned.map(rowOf),
    };
    if (io.json) printJson(io, summary);
    else print(io, render(summary));
  } finally {
    device.destroy();
  }
}

interface TunedRow {
  readonly kernel: string;
  /** The number of steps of the program that run the kernel. */
  readonly steps: number;
  readonly outcome: TuningEntry['outcome'] | 'not measured';
  readonly known: boolean;
  readonly default: string | null;
  /** The median seconds of the default schedule and of the fastest, if they were measured. */
  readonly seconds: number | null;
  readonly best: string | null;
  readonly bestSeconds: number | null;
  /** The default's time divided by the fastest's. */
  readonly gain: number | null;
}

function rowOf({ kernel, entry, known }: Tuned): TunedRow {
  const { label, steps } = kernel;
  if (entry === undefined)
    return {
      kernel: label,
      steps,
      outcome: 'not measured',
      known,
      default: null,
      seconds: null,
      best: null,
      bestSeconds: null,
      gain: null,
    };
  const [own] = entry.times;
  const best = entry.outcome === 'faster' ? entry.times.find((t) => t.schedule === entry.schedule) : own;
  return {
    kernel: label,
    steps,
    outcome: entry.outcome,
    known,
    default: entry.default,
    seconds: own?.seconds.median ?? null,
    best: entry.outcome === 'faster' ? entry.schedule : entry.default,
    bestSeconds: best?.seconds.median ?? null,
    gain: entry.outcome === 'faster' ? (entry.gain?.median ?? null) : 1,
  };
}

interface Summary {
  readonly layer: string;
  readonly device: string;
  readonly tokens: number;
  readonly clock: TuningEntry['clock'];
  readonly seconds: number;
  readonly table: string;
  readonly kernels: readonly TunedRow[];
}

const SAID: Readonly<Record<TunedRow['outcome'], string>> = {
  faster: 'faster',
  default: 'the default is best',
  undecided: 'undecided: the default is kept',
  'not measured': 'not measured: tune again',
};

const CLOCKS = {
  timestamps: 'by the device’s clock',
  wall: 'by the wall clock, for the device has no timestamp-query: what submitting takes is in the times',
} as const;

function render({ layer, device, tokens, clock, seconds, table: path, kernels }: Summary): string {
  const time = (s: number | null) => (s === null ? '' : duration(s));
  const rows = kernels.map((k) => ({
    cells: [
      `${k.kernel}${k.steps > 1 ? ` ×${k.steps}` : ''}`,
      time(k.seconds),
      k.default ?? 'the model’s',
      time(k.bestSeconds),
      k.best ?? '',
      k.gain === null ? '' : `${k.gain.toFixed(2)}×`,
    ],
    items: [`${SAID[k.outcome]}${k.known ? ' (known before)' : ''}`],
  }));
  const head = { cells: ['kernel', 'default', 'schedule', 'best', 'schedule', 'gain'], items: ['decided'] };
  return [
    `${layer} on ${device}, tokens = ${tokens}, ${CLOCKS[clock]}, in ${duration(seconds)}`,
    ...table(head, rows, '  ', 'left'),
    `kept in ${path}; oftc run, build and explain take it with --table ${path}`,
  ].join('\n');
}
