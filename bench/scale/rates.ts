/** The rates by which operations, bytes and launches become times. */
import { seconds, type Timings, takeTurns } from '../interleave.ts';
import { COPIED, copyProbes, fastestCopy, PEAK_FLOPS, peakProbe } from '../probe.ts';
import { emptyRun } from './launches.ts';
import type { Planned } from './points.ts';

type Kind = keyof Timings;
type ByKind = Readonly<Record<Kind, number>>;

export interface Rates {
  /** Operations a second, and bytes read and written. */
  readonly flops: ByKind;
  readonly bandwidth: ByKind;
  /** The seconds of operations or bytes, whichever are more. */
  limit(planned: Pick<Planned, 'flops' | 'bytes'>): ByKind;
  /** The seconds of a run of so many empty launches. */
  empty(launches: number): ByKind;
}

const [ONE, MANY] = [1, 65];

const byKind = (of: (kind: Kind) => number): ByKind => ({ wall: of('wall'), cpu: of('cpu') });

/** Measures the rates in turns. The time of empty launches is linear between those of ONE and of MANY. */
export async function measuredRates(device: GPUDevice, rounds: number): Promise<Rates> {
  const [peak, copies] = [await peakProbe(device), await copyProbes(device)];
  const [one, many] = [await emptyRun(device, ONE), await emptyRun(device, MANY)];
  const probes = [peak, ...copies, one, many];
  const timings = await takeTurns(probes, rounds);
  for (const p of probes) p.dispose();
  const copy = fastestCopy(Object.fromEntries(copies.map((c) => [c.name, timings[c.name]!])));
  const median = (name: string) => (kind: Kind) => seconds(timings[name]!)[kind].median;
  const flops = byKind((kind) => PEAK_FLOPS / median(peak.name)(kind));
  const bandwidth = byKind((kind) => COPIED / median(copy)(kind));
  const first = byKind(median(one.name));
  const more = byKind((kind) => Math.max(0, median(many.name)(kind) - first[kind]) / (MANY - ONE));
  return {
    flops,
    bandwidth,
    limit: (planned) =>
      byKind((kind) => Math.max(planned.flops / flops[kind], planned.bytes / bandwidth[kind])),
    empty: (launches) => byKind((kind) => first[kind] + more[kind] * (launches - ONE)),
  };
}
