/** Checks the requests of a page, because messages have no types. */
import * as v from 'valibot';
import { OftcError } from '../../../compiler/errors/error.ts';
import { limits } from '../../../compiler/limits.ts';
import { shown } from '../../../runtime/arguments.ts';
import { byName, isText, positive } from '../../formats/schema.ts';
import type { Bytes } from '../node/browser.ts';
import type { Asking, Kind, RunSettings } from './protocol.ts';

/** The kinds of requests that are answered, each with a schema of what it gives. */
type Schemas = {
  readonly [K in Kind]: v.GenericSchema<unknown, Extract<Asking, { readonly kind: K }>['gives']>;
};

const { most } = limits.option;
const from = (least: number) =>
  v.pipe(
    v.number(),
    v.check(
      (n) => Number.isSafeInteger(n) && n >= least && n <= most,
      `a whole number from ${least} to ${most} is expected`,
    ),
  );

const nothing = v.undefined();
const bytes = v.custom<Bytes>((file) => {
  const given = file as Partial<Bytes> | null;
  return (
    typeof given === 'object' &&
    typeof given?.size === 'number' &&
    typeof given.slice === 'function' &&
    typeof given.arrayBuffer === 'function'
  );
}, 'a file is expected');

/** A run's name, which is that of its folder. Only the names of runs that are stored go further. */
const run = v.pipe(
  v.string(),
  v.check(
    (id) => /^[^/\\\0]{1,255}$/.test(id) && !/^\.{1,2}$/.test(id),
    'the name of a stored run is expected',
  ),
);

const isSetting = (value: unknown): value is string | number | boolean =>
  ['string', 'number', 'boolean'].includes(typeof value);

const settings = v.object({
  adapter: v.union(
    [
      v.string(),
      v.object({
        name: v.string(),
        program: v.unknown(),
        config: byName(isSetting, 'settings by name are expected'),
      }),
    ],
    'the name of a method, or a layer, is expected',
  ),
  set: byName(isText, 'texts by name are expected'),
  targets: v.array(v.string()),
  ...{ steps: from(1), batch: from(1), length: from(1), evalEvery: from(1), saveEvery: from(1) },
  lr: v.pipe(positive, v.finite()),
  seed: from(0),
  holdOut: from(0),
  inOrder: v.boolean(),
  prompt: v.string(),
  sampleTokens: from(1),
});

const SCHEMAS: Schemas = {
  device: nothing,
  model: v.variant('kind', [
    v.object({ kind: v.literal('shipped'), name: v.string(), base: v.string(), files: v.array(v.string()) }),
    v.object({
      kind: v.literal('own'),
      name: v.string(),
      files: v.array(v.object({ path: v.string(), file: bytes })),
    }),
  ]),
  text: v.object({ name: v.pipe(v.string(), v.nonEmpty()), file: bytes }),
  estimate: settings,
  start: v.object({ settings, title: v.string() }),
  resume: run,
  pause: nothing,
  continue: nothing,
  sample: v.object({ prompt: v.string(), tokens: from(1) }),
  runs: nothing,
  remove: run,
  adapter: run,
  metrics: run,
};

/** Throws OFT4016 for the first field of another kind, below `where`. */
function checked<T>(schema: v.GenericSchema<unknown, T>, value: unknown, where: string): T {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const field = v.getDotPath(issue);
  const own = issue.expected === null || issue.expected === 'unknown' || issue.type === 'union';
  const wanted = own ? issue.message : `${issue.expected} is expected`;
  const found = issue.received === 'undefined' ? 'missing' : shown(issue.path?.at(-1)?.value ?? issue.input);
  throw new OftcError(
    'OFT4016',
    `${where}${field === null ? '' : `: ${field}`}: ${wanted}, and it is ${found}`,
  );
}

/** The settings of a run, from a page or from storage. Throws OFT4016 for others. */
export const checkedSettings = (value: unknown): RunSettings =>
  checked(settings, value, 'the settings of a run');

/** The number that a message is answered under; undefined where it has none. */
export function numberOf(message: unknown): number | undefined {
  if (typeof message !== 'object' || message === null || !('id' in message)) return undefined;
  return Number.isSafeInteger(message.id) ? (message.id as number) : undefined;
}

/** The request in a message. Throws OFT4016 for any other message. */
export function requestIn(message: unknown): Asking {
  const id = numberOf(message);
  if (id === undefined)
    throw new OftcError('OFT4016', 'a request is an object with a whole number as its id');
  const { kind, gives } = message as { readonly kind?: unknown; readonly gives?: unknown };
  if (typeof kind !== 'string' || !Object.hasOwn(SCHEMAS, kind))
    throw new OftcError(
      'OFT4016',
      `there is no request of the kind ${shown(kind)}: there are ${Object.keys(SCHEMAS).join(', ')}`,
    );
  const schema: v.GenericSchema = SCHEMAS[kind as Kind];
  // The schema is that of the kind, which a lookup cannot express.
  return { id, kind, gives: checked(schema, gives, `the request '${kind}'`) } as Asking;
}
