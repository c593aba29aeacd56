import { defaultTable } from '../tune/default-table.ts';
import { readTuning } from '../tune/read.ts';
import type { TuningTable } from '../tune/table.ts';
import type { SharedOptions } from './options.ts';

/** The tuning table that the options name; undefined without one: then the source alone decides what is compiled. */
export const tuningOf = (args: Pick<SharedOptions, 'tuned' | 'table'>): TuningTable | undefined =>
  args.table !== undefined || args.tuned ? readTuning(args.table ?? defaultTable()) : undefined;
