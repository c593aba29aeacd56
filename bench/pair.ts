/** Measures two Plans that compute the same, in turns and on equal inputs. */
import { type Fill, type Job, place } from './compiled.ts';
import { seconds, type Timings, takeTurns } from './interleave.ts';
import { type LimitRow, limitRows, openRates, workOf } from './limit.ts';
import { ratio, relativeError } from './statistics.ts';
import type { Entry, Ratio, Setting } from './table.ts';

/** Small values without a short period. The time does not depend on the values, but overflow would change it. */
const small: Fill = (_, n) => Float32Array.from({ length: n }, (_, i) => Math.sin(1 + i * 1.7) / 32);

export interface PairFigures<K extends string> {
  readonly contenders: Readonly<Record<K, Entry>>;
  /** The largest ‖first − second‖ ÷ ‖first‖ of the outputs, which shows that they agree. */
  readonly difference: number;
  /** The time of first ÷ second within rounds. */
  readonly ratio: Ratio;
}

export interface MeasuredPair<K extends string> {
  readonly figures: PairFigures<K>;
  readonly limits: readonly LimitRow[];
}

/** Measures the jobs named `first` and `second`; `of` says in the rows of their limits what they compute. */
export async function measurePair<K extends string>(
  { device, rounds }: Setting,
  jobs: Readonly<Record<K, Job>>,
  first: K,
  second: K,
  of: string,
): Promise<MeasuredPair<K>> {
  const names = [first, second] as const;
  const [a, b] = [
    await place(device, first, jobs[first], small),
    await place(device, second, jobs[second], small),
  ];
  const [expected, actual] = [await a.readAll(), await b.readAll()];
  const difference = Math.max(...Object.keys(expected).map((n) => relativeError(actual[n]!, expected[n]!)));
  const rates = await openRates(device);
  const timings = await takeTurns([...rates.probes, a, b], rounds);
  for (const d of [rates, a, b]) d.dispose();
  const over = (of: keyof Timings) => ratio(timings[first]![of], timings[second]![of]);
  const entries = names.map((n) => [n, { seconds: seconds(timings[n]!) }] as const);
  const works = Object.fromEntries(names.map((n) => [n, workOf(jobs[n])]));
  return {
    figures: {
      contenders: Object.fromEntries(entries) as Record<K, Entry>,
      difference,
      ratio: { wall: over('wall'), cpu: over('cpu') },
    },
    limits: limitRows(timings, works, (name) => `${of}, ${name}`),
  };
}
