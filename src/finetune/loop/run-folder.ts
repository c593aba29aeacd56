/** The folder that a run writes: metrics as it goes, checkpoints, and at the end the adapter and a chart. */
import { type FileHandle, mkdir, open, readdir, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { OftcError } from '../../../compiler/ir/error.ts';
import { writeWhole } from '../../cli/replace-file.ts';
import { listed } from '../../formats/error.ts';
import { readText, sizeOf } from '../../formats/json.ts';
import { io } from '../../formats/safetensors/io.ts';
import { type Checkpoint, checkSettings, readCheckpoint, type Settings } from './checkpoint.ts';

export const METRICS = 'metrics.jsonl';
export const CHECKPOINT = 'checkpoint.safetensors';
export const CHART = 'loss.svg';
export const ADAPTER = 'adapter';

/** What a run that was killed may leave behind. */
const TEMPORARY = /^\..*\.tmp$/;
const OWN = [METRICS, CHECKPOINT, CHART, ADAPTER];

export interface Step {
  /** Steps taken, this one included. */
  readonly step: number;
  /** Of the step's own sequences, before it was taken. */
  readonly loss: number;
  readonly rate: number;
  /** Of the gradient, before it was clipped. */
  readonly norm: number;
  readonly tokens: number;
  readonly seconds: number;
}

/** A line of metrics.jsonl. */
export type Metric = Step | { readonly step: number; readonly heldOut: number };

/** Throws OFT6005 for a folder that holds something else, or a run that is not to be resumed. Writes nothing. */
export async function checkFolder(folder: string, resume: boolean): Promise<void> {
  const present = await entries(folder);
  if (present.length === 0) return;
  const others = present.filter((n) => !OWN.includes(n) && !TEMPORARY.test(n));
  if (others.length > 0)
    throw new OftcError(
      'OFT6005',
      `${folder} holds ${listed(others)}, which no run writes: name a folder that is empty or not there`,
    );
  if (!resume)
    throw new OftcError(
      'OFT6005',
      `${folder} holds a run: go on with it with --resume, or name another folder`,
    );
}

/** For what is not a run: throws OFT6005 for a folder that holds anything. */
export async function checkEmpty(folder: string): Promise<void> {
  const present = await entries(folder);
  if (present.length > 0)
    throw new OftcError(
      'OFT6005',
      `${folder} holds ${listed(present)}: name a folder that is empty or not there`,
    );
}

async function entries(folder: string): Promise<string[]> {
  return io(folder, 'cannot list it', async () => {
    try {
      return await readdir(folder);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      throw error;
    }
  });
}

/** The checkpoint of a run with these settings; undefined where none was written yet. Errors as `checkSettings`. */
export async function checkpointIn(folder: string, settings: Settings): Promise<Checkpoint | undefined> {
  const path = join(folder, CHECKPOINT);
  if ((await sizeOf(path)) === undefined) return undefined;
  const found = await readCheckpoint(path);
  checkSettings(path, found.settings, settings);
  const bytes = (await sizeOf(join(folder, METRICS))) ?? 0;
  if (bytes < found.metrics)
    throw new OftcError(
      'OFT6006',
      `${join(folder, METRICS)} has ${bytes} bytes where the checkpoint knows ${found.metrics}: it was changed`,
    );
  return found;
}

/** metrics.jsonl, appended to. */
export class MetricsFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  /** Length of the file. */
  #bytes: number;

  private constructor(path: string, handle: FileHandle, bytes: number) {
    this.#path = path;
    this.#handle = handle;
    this.#bytes = bytes;
  }

  /** Makes the folder, clears what a killed run left, and cuts the metrics off where the checkpoint was taken. */
  static async open(folder: string, bytes: number): Promise<MetricsFile> {
    const path = join(folder, METRICS);
    return io(path, 'cannot write it', async () => {
      await mkdir(folder, { recursive: true });
      for (const name of await readdir(folder))
        if (TEMPORARY.test(name)) await rm(join(folder, name), { recursive: true });
      const handle = await open(path, 'a');
      await truncate(path, bytes);
      return new MetricsFile(path, handle, bytes);
    });
  }

  get bytes(): number {
    return this.#bytes;
  }

  async append(metric: Metric): Promise<void> {
    const line = `${JSON.stringify(metric)}\n`;
    await io(this.#path, 'cannot write it', this.#handle.appendFile(line));
    this.#bytes += Buffer.byteLength(line);
  }

  /** Puts on the disk what a checkpoint is about to refer to. */
  flush(): Promise<void> {
    return io(this.#path, 'cannot flush it', this.#handle.sync());
  }

  close(): Promise<void> {
    return io(this.#path, 'cannot close it', this.#handle.close());
  }
}

/** Puts the picture of the losses into the folder, whole or not at all. */
export function writeChart(folder: string, svg: string): Promise<void> {
  const path = join(folder, CHART);
  return io(path, 'cannot write it', writeWhole(path, svg));
}

/** All lines of the run's metrics. */
export async function readMetrics(folder: string): Promise<Metric[]> {
  const text = await readText(join(folder, METRICS), 'Name the folder of a run.');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Metric);
}
