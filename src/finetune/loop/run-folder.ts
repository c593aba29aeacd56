/** Checks, reads and writes the folder of a run: options, metrics, checkpoints, and at the end the adapter and a chart. */
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { OftcError } from '../../../compiler/errors/error.ts';
import { listed } from '../../formats/error.ts';
import { readText, sizeOf } from '../../formats/json.ts';
import { LOCK } from '../../formats/lock.ts';
import { readRegular } from '../../formats/regular.ts';
import { io } from '../../formats/safetensors/io.ts';
import { sha256 } from '../../formats/sha256.ts';
import { namesIn, removeLeftovers, temporaryKind } from '../../formats/temporary.ts';
import { writeWhole } from '../../formats/write-whole.ts';
import { type Checkpoint, readCheckpoint } from './checkpoint.ts';
import { damaged } from './damaged.ts';
import { type Metric, type MetricsText, parseMetrics } from './metrics.ts';

export const METRICS = 'metrics.jsonl';
export const CHECKPOINT = 'checkpoint.safetensors';
export const CHART = 'loss.svg';
export const ADAPTER = 'adapter';
export const RUN = 'run.json';

const OWN = [METRICS, CHECKPOINT, CHART, ADAPTER, RUN];

/** Whether a killed run left the file: its lock, or a temporary file or folder of an output. */
const isLeftover = (name: string, folder: string): boolean =>
  name === LOCK || OWN.some((own) => temporaryKind(name, join(folder, own)) !== undefined);

/**
 * Throws OFT6005 for a folder with other files, or with a run that is not to be resumed. Links count as other files,
 * so that a run writes only into its own folder. Writes nothing.
 */
export async function checkFolder(folder: string, resume: boolean): Promise<void> {
  const present = (await entries(folder)).filter((name) => !isLeftover(name, folder));
  const refuse = (what: string, remedy: string) =>
    new OftcError('OFT6005', `${folder} holds ${what}: ${remedy}`);
  const others = present.filter((name) => !OWN.includes(name));
  if (others.length > 0)
    throw refuse(
      `${listed(others)}, which no run writes`,
      resume && others.length < present.length
        ? `move ${others.length === 1 ? 'it' : 'them'} out of the run's folder to go on with the run`
        : 'name a folder that is empty or not there',
    );
  for (const name of present) {
    const path = join(folder, name);
    const found = await io(path, 'cannot read what it is', lstat(path));
    if (name === ADAPTER ? !found.isDirectory() : !found.isFile())
      throw refuse(
        `${listed([name])}, which is ${found.isSymbolicLink() ? 'a symbolic link' : `no ${name === ADAPTER ? 'folder' : 'regular file'}`} and not a run's`,
        'put the run’s own back, or name another folder',
      );
  }
  if (present.length > 0 && !resume)
    throw refuse('a run', 'go on with it with --resume, or name another folder');
}

/** Throws OFT6005 for a folder that holds anything, for commands that are no training run. */
export async function checkEmpty(folder: string): Promise<void> {
  const present = await entries(folder);
  if (present.length > 0)
    throw new OftcError(
      'OFT6005',
      `${folder} holds ${listed(present)}: name a folder that is empty or not there`,
    );
}

const entries = (folder: string): Promise<string[]> => io(folder, 'cannot list it', namesIn(folder));

/** The state that a resumed run finds in its folder. */
export interface Left {
  /** The checkpoint; undefined if the run was killed before its first one. */
  readonly checkpoint: Checkpoint | undefined;
  /** The lines of metrics.jsonl that the checkpoint covers. */
  readonly metrics: string;
  /** The number of later lines, the last of which may be cut short; their steps are taken again. */
  readonly later: number;
}

const textOf = (bytes: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);

/**
 * Reads checkpoint and metrics whole, and checks them against each other. Throws OFT6006 if a run that is past its
 * start has no checkpoint, OFT6013 and SafetensorsError for damaged files, and writes nothing.
 */
export async function readRun(folder: string): Promise<Left> {
  const path = join(folder, METRICS);
  const there = (await sizeOf(path)) !== undefined;
  const bytes = there ? await readRegular(path) : new Uint8Array();
  const parsed = parseMetrics(textOf(bytes), path);
  const lines = parsed.metrics.length + (parsed.torn === '' ? 0 : 1);
  const at = join(folder, CHECKPOINT);
  if ((await sizeOf(at)) === undefined) {
    await checkStarting(folder, parsed);
    return { checkpoint: undefined, metrics: '', later: lines };
  }
  const checkpoint = await readCheckpoint(at);
  if (bytes.length < checkpoint.metrics)
    throw damaged(path, `it has ${bytes.length} bytes where the checkpoint knows ${checkpoint.metrics}`);
  const known = bytes.subarray(0, checkpoint.metrics);
  if (sha256(known) !== checkpoint.metricsDigest)
    throw damaged(path, `its first ${known.length} bytes are not those that the checkpoint's digest is of`);
  const metrics = textOf(known);
  const before = parseMetrics(metrics, path);
  const step = before.metrics.at(-1)?.step ?? 0;
  if (before.torn !== '' || step !== checkpoint.step)
    throw damaged(at, `its step is ${checkpoint.step}, and the metrics that it knows end at step ${step}`);
  return { checkpoint, metrics, later: lines - before.metrics.length };
}

/**
 * Throws OFT6006 for a folder without a checkpoint unless its run has only started: the first one is saved after the
 * first evaluation, before the first step.
 */
async function checkStarting(folder: string, { metrics, torn }: MetricsText): Promise<void> {
  const present = await entries(folder);
  const written = [ADAPTER, CHART].filter((name) => present.includes(name));
  // A torn line may be the beginning of the first evaluation's.
  const first = metrics.every(({ step }) => step === 0) && '{"step":0'.startsWith(torn.slice(0, 9));
  if (written.length === 0 && first) return;
  const has = written.length > 0 ? listed(written) : `metrics of ${metrics.length} lines`;
  throw new OftcError(
    'OFT6006',
    `${folder} has ${has} of a run and no ${CHECKPOINT} to go on from: put it back, or start anew in another folder`,
  );
}

/** Removes temporary files of killed processes. Call it only under the folder's lock. */
export async function clearLeftovers(folder: string): Promise<void> {
  for (const name of OWN)
    await io(folder, 'cannot remove temporary files in it', removeLeftovers(join(folder, name)));
}

/** Writes the chart of the losses, whole or not at all. */
export const writeChart = (folder: string, svg: string): Promise<void> => write(folder, CHART, svg);

/** Writes the options of the run, whole or not at all. */
export const writeRun = (folder: string, json: string): Promise<void> => write(folder, RUN, json);

function write(folder: string, name: string, text: string): Promise<void> {
  const path = join(folder, name);
  return io(path, 'cannot write it', writeWhole(path, text));
}

/** The metrics of a run, without a last line that is cut short. Throws OFT6013 for a damaged file. */
export async function readMetrics(folder: string): Promise<readonly Metric[]> {
  const path = join(folder, METRICS);
  return parseMetrics(await readText(path, 'Name the folder of a run.'), path).metrics;
}
