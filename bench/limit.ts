/**
 * The limit of a row: the seconds in which the device would do the row's work if it reached its measured peak with every
 * operation, and its measured copy rate with every byte. The peak and the copies are probes (probe.ts), which take turns
 * with the rows.
 *
 * The limit adds the two times. The roofline of Williams, Waterman and Patterson (CACM 52(4), 2009) takes the larger of
 * them, for a device that computes while it copies. A kernel that does so, or that reads from a cache what the probes
 * copy from memory, may take less than its limit.
 */
import { stepsRun } from '../kernels-gen/index.ts';
import {
  type DevicePlan,
  dispatchesOf,
  evalExtent,
  type Plan,
  type PlanStep,
  type PlanTensor,
} from '../runtime/plan.ts';
import { tensorBytes } from './compiled.ts';
import { type Ratio, type Seconds, seconds, type Timings } from './interleave.ts';
import { COPIED, copyProbes, fastestCopy, PEAK_FLOPS, type Probe, peakProbe } from './probe.ts';
import { combined } from './statistics.ts';
import { milliseconds, percent, printTable } from './terminal.ts';

/** The operations and bytes that a row takes at least. */
export interface Work {
  readonly flops: number;
  readonly bytes: number;
}

/** A run of a Plan. */
export interface PlanRun {
  readonly plan: Plan | DevicePlan;
  readonly tokens: number;
  /** The number of sequences of equal length that the tokens are; 1 by default. */
  readonly sequences?: number;
}

/**
 * The work of a run.
 *
 * Operations are those that the Plan's kernels state. Each call in the scalar language of primitives is one, whatever it
 * takes on the device: a sum, a product, a quotient, an exponential. A multiply-add is two. What a kernel computes again
 * counts again. Indices, conditions and the decoding of quantised weights count nothing. Attention counts its products
 * alone, for half of the pairs of a sequence's tokens.
 *
 * Bytes are those of each input that a kernel binds and of each output, once, in the form that the device holds: two for
 * an f16 element, codes and scales for a quantised tensor. An input counts no more bytes than its kernels state for all
 * that they move, since a kernel that gathers rows reads few of them. Temporaries count nothing.
 */
export function workOf({ plan, tokens, sequences = 1 }: PlanRun): Work {
  const steps = stepsRun(plan, tokens);
  const flops = (s: PlanStep): number => {
    // The kernel counts pairs of all tokens, because a Plan does not know where sequences start.
    const pairs = plan.kernels[s.kernel]!.name.startsWith('attention_') ? sequences : 1;
    return evalExtent(s.flops, tokens) / pairs;
  };
  const read = (t: PlanTensor): number => {
    const moved = steps.filter((s) => reads(s, t.name)).map((s) => evalExtent(s.bytes, tokens));
    return Math.min(tensorBytes(t, tokens), total(moved));
  };
  return {
    flops: total(steps.map(flops)),
    bytes: total(plan.inputs.map(read)) + total(plan.outputs.map((t) => tensorBytes(t, tokens))),
  };
}

const reads = (step: PlanStep, input: string): boolean =>
  dispatchesOf(step).some(({ bind }) => bind.some((ref) => 'input' in ref && ref.input === input));

const total = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/**
 * The work of runs one after another. What one run leaves to the next counts twice, as an output and as an input.
 */
export function workOfAll(runs: readonly PlanRun[]): Work {
  const all = runs.map(workOf);
  return { flops: total(all.map((w) => w.flops)), bytes: total(all.map((w) => w.bytes)) };
}

/** The seconds of work on a device that takes `peak` seconds for a peak probe, and `copy` seconds for a copy. */
export const limitSeconds = ({ flops, bytes }: Work, peak: number, copy: number): number =>
  flops * (peak / PEAK_FLOPS) + bytes * (copy / COPIED);

/** A measured row beside its limit. */
export interface LimitRow extends Work {
  readonly row: string;
  readonly seconds: Seconds;
  readonly limitSeconds: Ratio;
  /** The limit ÷ the row's time, within rounds. */
  readonly share: Ratio;
}

/** The probes of the device's rates, as contenders in the rounds of the rows. */
export interface Rates {
  readonly probes: readonly Probe[];
  dispose(): void;
}

export async function openRates(device: GPUDevice): Promise<Rates> {
  const probes = [await peakProbe(device), ...(await copyProbes(device))];
  return {
    probes,
    dispose: () => {
      for (const p of probes) p.dispose();
    },
  };
}

/**
 * The rows of the contenders that have work and were measured, in timings that hold the probes of the rates.
 * `nameOf` gives the name of a contender's row, which is unique in its table.
 */
export function limitRows(
  timings: Readonly<Record<string, Timings>>,
  works: Readonly<Record<string, Work>>,
  nameOf: (contender: string) => string = (name) => name,
): LimitRow[] {
  const [peak, copy] = [timings.peak!, timings[fastestCopy(timings)]!];
  const both = (f: (of: keyof Timings) => Ratio['wall']): Ratio => ({ wall: f('wall'), cpu: f('cpu') });
  return Object.entries(works).flatMap(([name, work]) => {
    const own = timings[name];
    if (own === undefined) return [];
    return {
      row: nameOf(name),
      ...work,
      seconds: seconds(own),
      limitSeconds: both((of) => combined((p, c) => limitSeconds(work, p, c), peak[of], copy[of])),
      share: both((of) => combined((s, p, c) => limitSeconds(work, p, c) / s, own[of], peak[of], copy[of])),
    };
  });
}

/** Prints the rows of a table beside their limits. */
export function printLimits(rows: readonly LimitRow[]): void {
  console.log('of its limit: operations at the peak and each tensor once at the rate of a copy');
  printTable(
    ['', 'wall', 'limit', 'of its limit', 'by CPU'],
    rows.map((r) => [
      r.row,
      milliseconds(r.seconds.wall),
      milliseconds(r.limitSeconds.wall),
      percent(r.share.wall),
      percent(r.share.cpu),
    ]),
  );
}
