/** The tuning table that a command compiles with. */
import { defaultTable, readTuning } from '../tune/read.ts';
import type { TuningTable } from '../tune/table.ts';
import type { SharedOptions } from './options.ts';

/** undefined where none is asked for: what is compiled then depends on the source alone. */
export const tuningOf = (args: Pick<SharedOptions, 'tuned' | 'table'>): TuningTable | undefined =>
  args.table !== undefined || args.tuned ? readTuning(args.table ?? defaultTable()) : undefined;
