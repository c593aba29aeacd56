/** The interface of a table: its settings and its results. */
import type { Job } from './compiled.ts';
import type { Seconds } from './interleave.ts';
import type { Peers } from './peers/all.ts';
import type { TableResult } from './report.ts';

export type { Ratio } from './interleave.ts';

export interface Setting {
  readonly device: GPUDevice;
  /** The number of samples of each contender. */
  readonly rounds: number;
  readonly peers: Peers;
  /** The seconds that each sweep of the table `scale` may take. */
  readonly budget: number;
}

export interface Table {
  /** The Plans whose kernels the table runs, by description. */
  plans(): Readonly<Record<string, Job>>;
  measure(setting: Setting): Promise<TableResult>;
}

/** A contender's figures in a report. */
export interface Entry {
  readonly seconds: Seconds;
  /** The relative error ‖· − reference‖ ÷ ‖reference‖ over sampled rows, by output. */
  readonly error?: Readonly<Record<string, number>>;
}
