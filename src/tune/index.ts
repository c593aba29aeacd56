/** Tunes the kernels of a program one after another; each is decided by a race and recorded before the next. */
import { describe } from '../../kernels-gen/schedule/choices.ts';
import type { Candidate, Tunable } from '../../kernels-gen/tune/candidates.ts';
import { type Measure, race, type Verdict } from '../../kernels-gen/tune/race.ts';
import { find, type TuningEntry, type TuningTable } from './table.ts';

/** A kernel's operands on a device, and the function that times candidates with them. */
export interface Opened {
  readonly sample: Measure<Candidate>;
  dispose(): void;
}

export interface TuneOptions {
  readonly adapter: string;
  readonly tokens: number;
  readonly clock: TuningEntry['clock'];
  /** The version of oftc that generates the kernels. */
  readonly version: string;
  /** The seconds to spend on all kernels together. */
  readonly budget: number;
  readonly now: () => number;
  /** Makes a kernel's operands; undefined if the device has no room for them. */
  readonly open: (kernel: Tunable, first: Candidate) => Promise<Opened | undefined>;
  readonly table: () => TuningTable;
  readonly record: (entry: TuningEntry) => Promise<void>;
  /** Called before each kernel is measured, with its number and the total. */
  readonly progress?: (kernel: Tunable, at: number, of: number) => void;
}

/** The result of tuning for one kernel. */
export interface Tuned {
  readonly kernel: Tunable;
  /** The kernel's entry; undefined if it was not measured: the budget ended, or the device has no room. */
  readonly entry: TuningEntry | undefined;
  /** Whether the table had the entry before. */
  readonly known: boolean;
}

/** A kernel may use this many times its even share of the remaining budget, since few kernels use theirs up. */
const SHARE = 2;

/** Measures the kernels that are undecided, the most work first. The result has the table's entries for all. */
export async function tuneKernels(kernels: readonly Tunable[], options: TuneOptions): Promise<Tuned[]> {
  const { adapter, budget, now, version } = options;
  const start = now();
  const known = (k: Tunable) => find(options.table(), { adapter, key: k.key, bucket: k.bucket });
  const isDone = (e: TuningEntry | undefined) => e?.oftc === version && e.outcome !== 'undecided';
  const work = (k: Tunable) => k.flops * k.steps;
  const open = kernels.filter((k) => !isDone(known(k))).sort((a, b) => work(b) - work(a));
  const measured = new Set<Tunable>();
  for (const [i, kernel] of open.entries()) {
    const left = budget - (now() - start);
    if (left <= 0) break;
    options.progress?.(kernel, i + 1, open.length);
    const own = Math.min(left, (SHARE * left) / (open.length - i));
    const entry = await decide(kernel, own, options);
    if (entry === undefined) continue;
    await options.record(entry);
    measured.add(kernel);
  }
  return kernels.map((kernel) => {
    const entry = known(kernel);
    return { kernel, entry, known: entry !== undefined && !measured.has(kernel) };
  });
}

async function decide(
  kernel: Tunable,
  budget: number,
  options: TuneOptions,
): Promise<TuningEntry | undefined> {
  const { adapter, tokens, clock, version, now, open } = options;
  const [first, ...others] = kernel.candidates();
  if (first === undefined) return undefined;
  const opened = await open(kernel, first);
  if (opened === undefined) return undefined;
  let verdict: Verdict<Candidate>;
  try {
    verdict = await race([first, ...others], opened.sample, { budget, now });
  } finally {
    opened.dispose();
  }
  const named = ({ choice }: Candidate) => (choice ? describe(choice) : null);
  return {
    adapter,
    key: kernel.key,
    bucket: kernel.bucket,
    kernel: kernel.label,
    outcome: verdict.outcome,
    schedule: verdict.outcome === 'undecided' ? null : named(verdict.best),
    default: named(first),
    gain: verdict.gain ?? null,
    times: verdict.times.map(({ candidate, seconds }) => ({ schedule: named(candidate), seconds })),
    clock,
    tokens,
    date: new Date().toISOString(),
    oftc: version,
  };
}
