/** Tuning tables: what is read is printed, read and merged again without a change. */
import {
  merge,
  parseTuning,
  printTuning,
  schedulesOf,
  type TuningEntry,
  TuningError,
} from '../../../src/tune/table.ts';
import { type Case, holds, same, type Target } from '../target.ts';

const seconds = { median: 0.002, low: 0.0019, high: 0.0025, runs: 9 };

const entry = (more: Partial<TuningEntry> = {}): TuningEntry => ({
  ...{
    adapter: 'vendor | architecture | device',
    key: 'f32; m0:tokens,n0:8; k0:8',
    bucket: 512,
    kernel: 'y',
  },
  ...{ outcome: 'faster', schedule: 'direct 2×4', default: 'direct 4×2', gain: { ...seconds, median: 1.2 } },
  times: [
    { schedule: 'direct 4×2', seconds },
    { schedule: null, seconds },
  ],
  ...{ clock: 'timestamps', tokens: 500, date: '2026-01-02T03:04:05.678Z', oftc: '0.1.0' },
  ...more,
});

const SCHEDULES = ['direct 2×4', 'direct 1×1', 'tiled 8×8', 'split 4', 'subgroup'];

function run({ table: text }: Case): string {
  const table = parseTuning(text!, 'tuning.json');
  const printed = printTuning(table);
  same('printed and read again', table, parseTuning(printed));
  same('printed twice', printed, printTuning(parseTuning(printed)));
  const merged = merge(table, table);
  holds(merged.entries.length <= table.entries.length, 'merged with itself it grows');
  same('merged twice', merged, merge(merged, merged));
  const chosen = table.entries.filter((e) => e.schedule !== null).length;
  holds(schedulesOf(table).length === chosen, 'a schedule is lost');
  return `read ${Math.min(2, table.entries.length)} entries or more`;
}

export const target: Target = {
  name: 'tuning',
  parts: { table: 'json' },
  seeds: () =>
    [
      [],
      [entry()],
      [
        entry(),
        entry({ key: 'k2', bucket: null, gain: null, schedule: null, outcome: 'undecided', times: [] }),
      ],
    ].map((entries) => ({ table: printTuning({ entries }) })),
  words: SCHEDULES,
  run,
  isRefusal: (error) => error instanceof TuningError,
  everyTest: 300,
  faults: [
    {
      what: 'JSON that does not parse throws an error of its own',
      file: 'src/tune/table.ts',
      from: 'throw invalid(error instanceof Error ? error.message : String(error));',
      to: 'throw error;',
      within: 1000,
    },
    {
      what: 'a schedule of another version is accepted',
      file: 'src/tune/table.ts',
      from: 'v.check((t) => parseChoice(t) !== undefined,',
      to: 'v.check((t) => t.length >= 0,',
      within: 20_000,
    },
    {
      what: 'merging keeps every entry of the second table',
      file: 'src/tune/table.ts',
      from: 'all.set(identity(e), e);',
      to: 'all.set(identity(e) + all.size, e);',
      within: 20_000,
    },
  ],
};
