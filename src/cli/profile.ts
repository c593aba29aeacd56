/** `oftc run --profile`: the time of each kernel on the device, against what the device can do. */
import { basename } from 'node:path';
import { interval } from '../../kernels-gen/tune/statistics.ts';
import { type DeviceSpeed, probeDevice, type StepProfile, type Tuned } from '../../runtime/index.ts';
import type { NamedKernels } from '../explain/index.ts';
import { table, WIDTH } from '../explain/layout.ts';
import { Legend } from '../explain/legend.ts';
import { duration } from '../explain/units.ts';
import type { Entry } from '../language/formulas/families.ts';
import type { Outputs } from '../session/outputs.ts';
import type { Io } from './io.ts';
import { replaceFile } from './replace-file.ts';

/** The number of timed runs, after one run that compiles. */
const RUNS = 5;

export interface KernelProfile {
  readonly kernel: string;
  readonly computes: string;
  readonly at: readonly string[];
  /** The median over the runs, by the device's own clock. */
  readonly seconds: number;
  readonly gflops: number;
  /** The rate of memory traffic, with each tensor counted once. */
  readonly gbps: number;
  /** The larger of gflops and gbps, each as a part of the device's rate: at most 1. */
  readonly share: number;
  /** The origin of the kernel's schedule: the cost model, or a measurement of this kernel. */
  readonly schedule: { readonly by: 'model' } | ({ readonly by: 'tuned' } & Tuned);
}

export interface RunProfile {
  readonly runs: number;
  /** The device's measured rates, or higher ones that a kernel reached: a cache is read faster than memory. */
  readonly speed: DeviceSpeed;
  /** The definitions of all names that kernels' formulas may have. */
  readonly legend: readonly Entry[];
  /** The kernels in order of execution. */
  readonly kernels: readonly KernelProfile[];
}

/** The steps of every timed run, with the device's times. */
export type TimedRuns = readonly (readonly StepProfile[])[];

/** Times `run`, which runs a Plan that was compiled with `timing`. */
export async function profileRuns(
  device: GPUDevice,
  explained: NamedKernels,
  run: () => Promise<Outputs>,
): Promise<{ profile: RunProfile; timed: TimedRuns }> {
  const timed: StepProfile[][] = [];
  for (let i = 0; i <= RUNS; i++) {
    const outputs = await run();
    const steps = await outputs.profile();
    outputs.destroy();
    if (i > 0) timed.push(steps);
  }
  return { profile: profileOf(timed, await probeDevice(device), explained), timed };
}

/** The profile of timed runs on a device with the measured rates. */
export function profileOf(timed: TimedRuns, probed: DeviceSpeed, explained: NamedKernels): RunProfile {
  const measured = timed[0]!.map((step, i) => {
    const ns = interval(timed.map((steps) => steps[i]!.ns)).median;
    // A coarse clock may measure a time of 0, which says nothing about the device.
    return { step, ns, gflops: step.flops / Math.max(ns, 1), gbps: step.bytes / Math.max(ns, 1) };
  });
  const reached = measured.filter((k) => k.ns > 0);
  const speed = {
    ...probed,
    gflops: Math.max(probed.gflops, ...reached.map((k) => k.gflops)),
    gbps: Math.max(probed.gbps, ...reached.map((k) => k.gbps)),
  };
  const kernels = measured.map(({ step, ns, gflops, gbps }): KernelProfile => {
    const of = explained.at(step.tokens)[step.step]!;
    return {
      kernel: step.kernel,
      computes: of.computes,
      at: of.at,
      seconds: ns / 1e9,
      gflops,
      gbps,
      share: Math.min(1, Math.max(gflops / speed.gflops, gbps / speed.gbps)),
      schedule: step.tuned ? { by: 'tuned', ...step.tuned } : { by: 'model' },
    };
  });
  return { runs: timed.length, speed, legend: explained.legend(), kernels };
}

const rate = (n: number): string => (n >= 100 ? n.toFixed(0) : n.toPrecision(2));

/** Places grouped by file: `a.ts:10:25` and `a.ts:12:3` become `a.ts:10,12`. */
function places(at: readonly string[]): string[] {
  const lines = new Map<string, Set<string>>();
  for (const place of at) {
    const [file, line] = basename(place).split(':') as [string, string];
    lines.set(file, (lines.get(file) ?? new Set()).add(line));
  }
  return [...lines].map(([file, numbers]) => `${file}:${[...numbers].join()}`);
}

export function renderProfile({ runs, speed, legend, kernels }: RunProfile): string {
  const total = kernels.reduce((s, k) => s + k.seconds, 0);
  const rows = kernels.map((k) => ({
    cells: [
      k.kernel,
      duration(k.seconds),
      `${((100 * k.seconds) / total).toFixed(0)} %`,
      rate(k.gflops),
      rate(k.gbps),
      `${(100 * k.share).toFixed(0)} %`,
      places(k.at).join(' '),
    ],
    items: [k.computes, ...(k.schedule.by === 'tuned' ? [`tuned to ${k.schedule.schedule}`] : [])],
  }));
  const head = {
    cells: ['kernel', 'time', 'of all', 'GFLOP/s', 'GB/s', 'of the device', 'at'],
    items: ['computes'],
  };
  return [
    `kernels take ${duration(total)} (medians of ${runs} runs); the device's own rates: ` +
      `${rate(speed.gflops)} GFLOP/s, ${rate(speed.gbps)} GB/s`,
    ...table(head, rows, '  ', 'left'),
    ...new Legend(legend)
      .first(
        kernels.map((k) => k.computes),
        WIDTH - 2,
        Infinity,
      )
      .map((l) => `  ${l}`),
  ].join('\n');
}

/**
 * Writes all timed runs in the Trace Event Format (complete events, microseconds), which Chrome's about:tracing and
 * Perfetto open. The file is written whole or not at all.
 */
export async function writeTrace(
  path: string,
  { layer, device }: { readonly layer: string; readonly device: string },
  { kernels }: RunProfile,
  timed: TimedRuns,
  io: Io,
): Promise<void> {
  const start = timed[0]?.[0]?.startNs ?? 0;
  const place = { pid: 1, tid: 1 };
  const named = (name: string, value: string) => ({ name, ph: 'M', ...place, args: { name: value } });
  const events = timed.flatMap((steps, run) =>
    steps.map((s, i) => ({
      name: s.kernel,
      cat: 'kernel',
      ph: 'X',
      ...place,
      ts: (s.startNs - start) / 1e3,
      dur: s.ns / 1e3,
      args: { computes: kernels[i]!.computes, at: kernels[i]!.at, run, flops: s.flops, bytes: s.bytes },
    })),
  );
  const traceEvents = [named('process_name', `oftc: ${layer}`), named('thread_name', device), ...events];
  await replaceFile(path, JSON.stringify({ displayTimeUnit: 'ms', traceEvents }), io);
}
