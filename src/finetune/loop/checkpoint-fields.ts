/** Writes and reads the metadata of a checkpoint: texts by name, each with its digest. */
import { OftcError } from '../../../compiler/errors/error.ts';
import { parseJson } from '../../formats/json.ts';
import { sha256 } from '../../formats/sha256.ts';
import { damaged } from './damaged.ts';

/** The settings that determine a run, by option name; a run resumes only with equal ones. */
export type Settings = Readonly<Record<string, string | number | boolean>>;

/** SHA-256 digests by the name of a tensor or a file. */
export type Digests = Readonly<Record<string, string>>;

export interface Progress {
  /** The number of steps taken, which determines the next data and rate. */
  readonly step: number;
  /** The bytes of metrics.jsonl that belong to these steps. */
  readonly metrics: number;
  /** The digest of these bytes. */
  readonly metricsDigest: string;
}

export interface Fields extends Progress {
  readonly settings: Settings;
  /** The digests of the model's config.json and tensors. */
  readonly model: Digests;
  /** The digests of the checkpoint's own tensors. */
  readonly tensors: Digests;
}

const FORMAT = 'oftc-finetune-2';

/** The formats of earlier versions, which had no digests. */
const EARLIER = new Set(['oftc-finetune-1']);

/** The fields with a digest of their own, in the order of their check. */
const DIGESTED = ['step', 'metrics', 'metrics-sha256', 'settings', 'model', 'tensors'] as const;
type Texts = Record<(typeof DIGESTED)[number], string>;

const SHA256 = /^[0-9a-f]{64}$/;

/** The metadata of the fields: `digests` has one for each text, and `sha256` is the digest of `digests`. */
export function metadataOf(fields: Fields): Record<string, string> {
  const texts: Texts = {
    step: String(fields.step),
    metrics: String(fields.metrics),
    'metrics-sha256': fields.metricsDigest,
    settings: JSON.stringify(fields.settings),
    model: JSON.stringify(fields.model),
    tensors: JSON.stringify(fields.tensors),
  };
  const digests = JSON.stringify(
    Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, sha256(text)])),
  );
  return { format: FORMAT, ...texts, digests, sha256: sha256(digests) };
}

/** Reads the fields. Throws OFT6006 for metadata of no checkpoint or another version, OFT6013 for a damaged field. */
export function fieldsOf(metadata: ReadonlyMap<string, string>, path: string): Fields {
  const format = metadata.get('format');
  if (format !== undefined && EARLIER.has(format))
    throw new OftcError(
      'OFT6006',
      `${path} is a checkpoint of an earlier version of oftc (${format}), which has no digests to hold it against: finish the run with that version, or start anew in another folder`,
    );
  if (format !== FORMAT)
    throw new OftcError(
      'OFT6006',
      `${path} is not a checkpoint of a run: its format is ${format === undefined ? 'not named' : `'${format}'`} and not '${FORMAT}'. Put back the checkpoint that the run wrote, or start anew in another folder`,
    );
  const text = (name: string): string => {
    const found = metadata.get(name);
    if (found === undefined) throw damaged(path, `the field '${name}' is missing`);
    return found;
  };
  const known = new Set<string>(['format', ...DIGESTED, 'digests', 'sha256']);
  const other = [...metadata.keys()].find((name) => !known.has(name));
  if (other !== undefined) throw damaged(path, `no run writes a field '${other}'`);
  const digests = text('digests');
  if (sha256(digests) !== text('sha256'))
    throw damaged(path, "the field 'digests' is not what the field 'sha256' says");
  const of = records(digests, 'digests', path);
  for (const name of DIGESTED)
    if (sha256(text(name)) !== of[name])
      throw damaged(path, `the field '${name}' is not what its digest says`);
  const metricsDigest = text('metrics-sha256');
  if (!SHA256.test(metricsDigest)) throw damaged(path, "the field 'metrics-sha256' is no SHA-256");
  return {
    step: natural(text('step'), 'step', path),
    metrics: natural(text('metrics'), 'metrics', path),
    metricsDigest,
    settings: object(text('settings'), 'settings', path),
    model: records(text('model'), 'model', path),
    tensors: records(text('tensors'), 'tensors', path),
  };
}

function natural(text: string, name: string, path: string): number {
  if (/^(?:0|[1-9]\d*)$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw damaged(path, `the field '${name}' is '${text}', which is no count`);
}

function object(text: string, name: string, path: string): Settings {
  const entries: [string, string | number | boolean][] = [];
  const json = parseJson(text, `${path}: the field '${name}'`);
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw damaged(path, `the field '${name}' is no JSON object`);
  for (const [key, value] of Object.entries(json)) {
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
      throw damaged(path, `the field '${name}' has no text, number or boolean as '${key}'`);
    entries.push([key, value]);
  }
  return Object.fromEntries(entries);
}

function records(text: string, name: string, path: string): Digests {
  const all: [string, string][] = [];
  for (const [key, value] of Object.entries(object(text, name, path))) {
    if (typeof value !== 'string' || !SHA256.test(value))
      throw damaged(path, `the field '${name}' has no SHA-256 as '${key}'`);
    all.push([key, value]);
  }
  return Object.fromEntries(all);
}
