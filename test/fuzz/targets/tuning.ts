/** Tuning tables: what is read is printed, read and merged again without a change. */
import { merge, parseTuning, printTuning, schedulesOf, TuningError } from '../../../src/tune/table.ts';
import { entry } from '../../src/tune/entry.ts';
import { type Case, holds, same, type Target } from '../target.ts';

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
