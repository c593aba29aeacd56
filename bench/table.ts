/** What every table gets, and what it leaves. */
import type { Job } from './compiled.ts';
import type { Seconds } from './interleave.ts';
import type { Peers } from './peers/all.ts';
import type { TableResult } from './report.ts';
import type { Summary } from './statistics.ts';

export interface Setting {
  readonly device: GPUDevice;
  /** Samples of each contender. */
  readonly rounds: number;
  readonly peers: Peers;
}

export interface Table {
  /** The Plans whose kernels it runs, by what they are. */
  plans(): Readonly<Record<string, Job>>;
  measure(setting: Setting): Promise<TableResult>;
}

/** A contender's figures in a report. */
export interface Entry {
  readonly seconds: Seconds;
  /** ‖· − reference‖ ÷ ‖reference‖ over sampled rows, by output. */
  readonly error?: Readonly<Record<string, number>>;
}

/** By wall time, and by the CPU time of the process that did it. */
export interface Ratio {
  readonly wall: Summary | undefined;
  readonly cpu: Summary | undefined;
}
