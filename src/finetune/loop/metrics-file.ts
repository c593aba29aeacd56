/** Writes metrics.jsonl during a run. */
import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolders } from '../../formats/make-folders.ts';
import { io } from '../../formats/safetensors/io.ts';
import { replacing } from '../../formats/write-whole.ts';
import { lineOf, type Metric } from './metrics.ts';
import { METRICS } from './run-folder.ts';

export class MetricsFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #hash: Hash = createHash('sha256');
  /** The length of the file. */
  #bytes = 0;

  private constructor(path: string, handle: FileHandle) {
    this.#path = path;
    this.#handle = handle;
  }

  /**
   * Writes a new file that starts with the text and replaces the old one. The old file is never written into, because
   * it may have other names.
   */
  static async open(folder: string, text: string): Promise<MetricsFile> {
    const path = join(folder, METRICS);
    let file: MetricsFile | undefined;
    const written = async (temporary: string) => {
      file = new MetricsFile(path, await open(temporary, 'ax'));
      await file.#append(text);
      await file.#handle.sync();
      return file;
    };
    try {
      return await io(path, 'cannot write it', async () => {
        makeFolders(folder);
        return await replacing(path, written);
      });
    } catch (error) {
      await file?.close();
      throw error;
    }
  }

  /** The fields of a checkpoint that describe the file. */
  get state(): { readonly metrics: number; readonly metricsDigest: string } {
    return { metrics: this.#bytes, metricsDigest: this.#hash.copy().digest('hex') };
  }

  append(metric: Metric): Promise<void> {
    return io(this.#path, 'cannot write it', this.#append(`${lineOf(metric)}\n`));
  }

  async #append(text: string): Promise<void> {
    const bytes = new TextEncoder().encode(text);
    try {
      if (bytes.length > 0) await this.#handle.appendFile(bytes);
    } catch (error) {
      // A full disk takes the beginning of a line. Where it cannot be cut off, the next run drops it.
      await this.#handle.truncate(this.#bytes).catch(() => {});
      throw error;
    }
    this.#bytes += bytes.length;
    this.#hash.update(bytes);
  }

  /** Puts the lines that a checkpoint will refer to on the disk. */
  flush(): Promise<void> {
    return io(this.#path, 'cannot flush it', this.#handle.sync());
  }

  close(): Promise<void> {
    return io(this.#path, 'cannot close it', this.#handle.close());
  }
}
