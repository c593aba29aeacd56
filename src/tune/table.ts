/** A tuning table: measurements of kernels on devices, as JSON that is checked before use. */
import * as v from 'valibot';
import { CodedError } from '../../compiler/errors/coded.ts';
import type { tuning } from '../../compiler/errors/codes/tuning.ts';
import { parseChoice } from '../../kernels-gen/schedule/choices.ts';
import type { TunedSchedule } from '../../kernels-gen/tuned.ts';

export type TuningErrorCode = keyof typeof tuning;

/** The error for a tuning table that cannot be used; nothing was changed. */
export class TuningError extends CodedError<TuningErrorCode> {
  override readonly name = 'TuningError';
  constructor(code: TuningErrorCode, message: string, file?: string) {
    super(code, message, { file });
  }
}

const FORMAT = 'oftc-tuning';
const VERSION = 1;
const WHAT_TO_DO = 'delete it or name another, and tune again';

const text = v.pipe(v.string(), v.maxLength(100_000));
const seconds = v.pipe(v.number(), v.minValue(0), v.finite());
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const summary = v.strictObject({ median: seconds, low: seconds, high: seconds, runs: count });
const schedule = v.pipe(
  text,
  v.check((t) => parseChoice(t) !== undefined, 'no schedule of this version of oftc'),
);

const entry = v.strictObject({
  adapter: text,
  key: text,
  bucket: v.nullable(count),
  kernel: text,
  outcome: v.picklist(['faster', 'default', 'undecided']),
  schedule: v.nullable(schedule),
  default: v.nullable(schedule),
  gain: v.nullable(summary),
  times: v.array(v.strictObject({ schedule: v.nullable(schedule), seconds: summary })),
  clock: v.picklist(['timestamps', 'wall']),
  tokens: count,
  date: v.pipe(v.string(), v.isoTimestamp()),
  oftc: text,
});

const table = v.strictObject({
  format: v.literal(FORMAT),
  version: v.literal(VERSION),
  entries: v.array(entry),
});

/** Statistics of the seconds of several runs, or of ratios between them. */
export interface TuningSummary {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly runs: number;
}

/** The measurements of one kernel. The type is written out, so that users of the package's types need no valibot. */
export interface TuningEntry {
  /** The adapter's vendor, architecture, device and description, which includes the driver. */
  readonly adapter: string;
  /** The kernel and its sizes; kernels with equal keys have the same code. */
  readonly key: string;
  /**
   * The largest token count that the entry is for. It is for all counts above half of that; null if sizes do not
   * depend on tokens.
   */
  readonly bucket: number | null;
  /** The author's name for what the kernel computes. */
  readonly kernel: string;
  readonly outcome: 'faster' | 'default' | 'undecided';
  /** The schedule that the kernel should run; null leaves the choice to the cost model. */
  readonly schedule: string | null;
  /** The schedule that the kernel runs without a table; null if that has no name. */
  readonly default: string | null;
  /** The default's time ÷ that of the best other schedule; null if the two were not timed together. */
  readonly gain: TuningSummary | null;
  readonly times: readonly { readonly schedule: string | null; readonly seconds: TuningSummary }[];
  readonly clock: 'timestamps' | 'wall';
  readonly tokens: number;
  readonly date: string;
  readonly oftc: string;
}

export interface TuningTable {
  readonly entries: readonly TuningEntry[];
}

export const EMPTY: TuningTable = { entries: [] };

/** Parses a table. Throws TuningError InvalidTuning, or TuningVersion for another version of the format. */
export function parseTuning(json: string, file?: string): TuningTable {
  const what = file === undefined ? 'this' : `'${file}'`;
  const invalid = (why: string) =>
    new TuningError('InvalidTuning', `${what} is not a tuning table: ${why}; ${WHAT_TO_DO}`, file);
  if (typeof json !== 'string') throw invalid('its JSON is given as a text');
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : String(error));
  }
  const head = v.safeParse(v.object({ format: v.literal(FORMAT), version: v.number() }), value);
  if (head.success && head.output.version !== VERSION)
    throw new TuningError(
      'TuningVersion',
      `${what} is a tuning table of version ${head.output.version}, and this oftc has version ${VERSION}: ${WHAT_TO_DO}`,
      file,
    );
  const parsed = v.safeParse(table, value);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const where = v.getDotPath(issue);
  throw invalid(`${issue.message}${where === null ? '' : ` at ${where}`}`);
}

/**
 * Returns a value that is a table, because code may pass any value. Throws TuningError InvalidTuning for any other.
 */
export function checkTuning(value: TuningTable): TuningTable {
  const parsed = v.safeParse(v.looseObject({ entries: v.array(entry) }), value);
  if (parsed.success) return value;
  const [issue] = parsed.issues;
  const where = v.getDotPath(issue);
  throw new TuningError(
    'InvalidTuning',
    `this is not a tuning table: ${issue.message}${where === null ? '' : ` at ${where}`}; take what readTuning or parseTuning gives`,
  );
}

export const printTuning = ({ entries }: TuningTable): string =>
  `${JSON.stringify({ format: FORMAT, version: VERSION, entries }, null, 1)}\n`;

const identity = (e: Pick<TuningEntry, 'adapter' | 'key' | 'bucket'>): string =>
  JSON.stringify([e.adapter, e.key, e.bucket]);

export const find = (
  { entries }: TuningTable,
  of: Pick<TuningEntry, 'adapter' | 'key' | 'bucket'>,
): TuningEntry | undefined => entries.find((e) => identity(e) === identity(of));

/** Merges two tables. If both have a kernel, the later measurement stays. */
export function merge(a: TuningTable, b: TuningTable): TuningTable {
  const all = new Map(a.entries.map((e) => [identity(e), e]));
  for (const e of b.entries) {
    const known = all.get(identity(e));
    if (known === undefined || Date.parse(known.date) <= Date.parse(e.date)) all.set(identity(e), e);
  }
  return { entries: [...all.values()] };
}

/** The schedules that kernels should run, including defaults that were found to be the best. */
export const schedulesOf = ({ entries }: TuningTable): TunedSchedule[] =>
  entries.flatMap(({ adapter, key, bucket, schedule: chosen }) => {
    const choice = chosen === null ? undefined : parseChoice(chosen);
    return choice ? [{ adapter, key, bucket, choice }] : [];
  });
