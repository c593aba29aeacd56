/** Medians with an interval; order statistics need no assumption about the noise. */
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
