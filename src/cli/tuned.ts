/** The tuning table that a command compiles with. */
import { defaultTable, readTuning } from '../tune/read.ts';
import type { TuningTable } from '../tune/table.ts';

/** undefined where none is asked for: what is compiled then depends on the source alone. */
export const tuningOf = (args: {
  readonly tuned?: boolean;
  readonly table?: string;
}): TuningTable | undefined =>
  args.table !== undefined || args.tuned ? readTuning(args.table ?? defaultTable()) : undefined;
