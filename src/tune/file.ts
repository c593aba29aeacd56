/** The tuning table that is written: a file that is whole at any moment, whatever interrupts its writer. */

import { lockBeside, locked } from '../formats/lock.ts';
import { writeWhole } from '../formats/write-whole.ts';
import { readTuning } from './read.ts';
import { merge, printTuning, type TuningEntry, type TuningTable } from './table.ts';

/** A table on the disk, to which each decision is written as it is made. */
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

  /** Adds to what the file then holds: another process may have written, too. */
  async add(entries: readonly TuningEntry[]): Promise<void> {
    // Where there are no locks, two processes that write at the same moment may lose a measurement, no more.
    await locked(lockBeside(this.path), this.path, { wait: true, warn: () => {} }, async () => {
      this.#table = merge(readTuning(this.path, false), { entries });
      await this.#write(this.path, printTuning(this.#table));
    });
  }
}
