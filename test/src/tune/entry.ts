/** Entries of tuning tables for tests. */
import type { TuningEntry } from '../../../src/tune/table.ts';

const seconds = { median: 0.002, low: 0.0019, high: 0.0025, runs: 9 };

/** An entry of a tuning table, with some fields of the caller's. */
export const entry = (more: Partial<TuningEntry> = {}): TuningEntry => ({
  adapter: 'vendor | architecture | device | driver 1.0',
  key: 'f32; m0:tokens,n0:8; k0:8',
  bucket: 512,
  kernel: 'y',
  outcome: 'faster',
  schedule: 'direct 2×4',
  default: 'direct 4×2',
  gain: { median: 1.2, low: 1.1, high: 1.3, runs: 9 },
  times: [
    { schedule: 'direct 4×2', seconds },
    { schedule: null, seconds },
  ],
  clock: 'timestamps',
  tokens: 500,
  date: '2026-01-02T03:04:05.678Z',
  oftc: '0.1.0',
  ...more,
});
