/** A median with a confidence interval. Order statistics need no assumption about the noise. */
export interface Summary {
  readonly median: number;
  /** A 95% confidence interval of the median, by order statistics. */
  readonly low: number;
  readonly high: number;
  readonly runs: number;
}

export function interval(samples: readonly number[]): Summary {
  const sorted = [...samples].sort((a, b) => a - b);
  const n = sorted.length;
  const half = (1.96 * Math.sqrt(n)) / 2;
  const at = (i: number) => sorted[Math.min(n - 1, Math.max(0, Math.round(i)))]!;
  const mid = (n - 1) / 2;
  return {
    median: (at(Math.floor(mid)) + at(Math.ceil(mid))) / 2,
    low: at(Math.floor(mid - half)),
    high: at(Math.ceil(mid + half)),
    runs: n,
  };
}

/** A sample for each round; undefined where a candidate was not measured in it. */
export type Samples = readonly (number | undefined)[];

/** The interval of a ÷ b over the rounds that have both; undefined if there are none. */
export function ratio(a: Samples, b: Samples): Summary | undefined {
  return combined((x, y) => x! / y!, a, b);
}

/**
 * The interval of what `f` gives for the samples of each round. Rounds without a sample of every candidate
 * are left out; undefined if none is left.
 */
export function combined(
  f: (...samples: readonly number[]) => number,
  ...samples: readonly Samples[]
): Summary | undefined {
  const rounds = Math.min(...samples.map((s) => s.length));
  const values = Array.from({ length: rounds }, (_, i) => samples.map((s) => s[i])).flatMap((row) =>
    row.every((v) => v !== undefined) ? [f(...row)] : [],
  );
  return values.length === 0 ? undefined : interval(values);
}
