/** Writes a tuning table so that its file is complete at any moment, whatever interrupts the writer. */
import { lockBeside, locked } from '../formats/lock.ts';
import { io } from '../formats/safetensors/io.ts';
import { removeLeftovers } from '../formats/temporary.ts';
import { writeWhole } from '../formats/write-whole.ts';
import { readTuning } from './read.ts';
import { merge, printTuning, type TuningEntry, type TuningTable } from './table.ts';

/** A table on the disk that stores each decision as it is made. */
export class TuningFile {
  readonly path: string;
  readonly #write: typeof writeWhole;
  #table: TuningTable;

  private constructor(path: string, table: TuningTable, write: typeof writeWhole) {
    this.path = path;
    this.#table = table;
    this.#write = write;
  }

  static open(path: string, write = writeWhole): TuningFile {
    return new TuningFile(path, readTuning(path, false), write);
  }

  get table(): TuningTable {
    return this.#table;
  }

  /** Adds entries to what the file now holds, since another process may have written to it. */
  async add(entries: readonly TuningEntry[]): Promise<void> {
    // Without file locks, two processes that write at the same moment may lose a measurement, but no more.
    await locked(lockBeside(this.path), this.path, { wait: true, warn: () => {} }, async (isHeld) => {
      if (isHeld) await io(this.path, 'cannot remove temporary files beside it', removeLeftovers(this.path));
      this.#table = merge(readTuning(this.path, false), { entries });
      await this.#write(this.path, printTuning(this.#table));
    });
  }
}
