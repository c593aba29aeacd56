/**
 * The messages between a page and the worker that finetunes: requests with one reply each, and reports that come on their
 * own while a run goes on. All of it is plain data, but for the visitor's files.
 */
import type { Bytes } from '../node/browser.ts';

/** A model's files: those that the site ships, by address, or the visitor's own. */
export type ModelSource =
  | {
      readonly kind: 'shipped';
      readonly name: string;
      readonly base: string;
      readonly files: readonly string[];
    }
  | {
      readonly kind: 'own';
      readonly name: string;
      /** The files by their paths below the model's folder. */
      readonly files: readonly { readonly path: string; readonly file: Bytes }[];
    };

export interface ModelInfo {
  readonly name: string;
  readonly architecture: string;
  readonly parameters: number;
  /** The bytes of its files. */
  readonly bytes: number;
  /** The forms that its weights are stored in, with the number of weights of each. */
  readonly forms: Readonly<Record<string, number>>;
  readonly positions: number;
  readonly vocabulary: number;
  /** The names of the linear layers that take an adapter. */
  readonly targets: readonly string[];
  /** The notes on contents that are not read and might matter. */
  readonly notes: readonly string[];
}

export interface DeviceInfo {
  readonly name: string;
  /** Bytes of the largest buffer that a kernel may read. */
  readonly largest: number;
  /** Bytes of memory that the browser says the machine has; browsers state at most a few GB. */
  readonly memory: number | undefined;
}

/** A layer of the visitor's own, which the compiler's worker has read: its program as data. */
export interface OwnLayer {
  readonly name: string;
  readonly program: unknown;
  readonly config: Readonly<Record<string, string | number | boolean>>;
}

/** The settings of a run. Names are those of the options of `oftc finetune`. */
export interface RunSettings {
  /** The name of a method of the library, or a layer of the visitor's own. */
  readonly adapter: string | OwnLayer;
  readonly set: Readonly<Record<string, string>>;
  readonly targets: readonly string[];
  readonly steps: number;
  readonly batch: number;
  readonly length: number;
  readonly lr: number;
  readonly seed: number;
  readonly evalEvery: number;
  readonly saveEvery: number;
  /** The n of 1/n: the last of every n parts of the text is held out. */
  readonly holdOut: number;
  readonly inOrder: boolean;
  /** The text that samples go on from; none are written where it is empty. */
  readonly prompt: string;
  readonly sampleTokens: number;
}

/** The text that is trained on. */
export interface TextSource {
  readonly name: string;
  readonly file: Bytes;
}

/** A run that the browser's storage holds. */
export interface StoredRun {
  readonly id: string;
  readonly title: string;
  readonly model: string;
  readonly isShipped: boolean;
  readonly text: string;
  readonly settings: RunSettings;
  readonly created: string;
  /** The step of its checkpoint; undefined before the first one. */
  readonly step: number | undefined;
  readonly isDone: boolean;
  /** The reason why it cannot be read now, such as another tab that has it open. */
  readonly problem?: string;
}

/** The memory that a run will take, estimated before a weight of its model is loaded. */
export interface Estimate {
  readonly trained: number;
  /** Bytes of device memory at the peak, by use. */
  readonly bytes: Readonly<Record<string, number>>;
  readonly total: number;
  /** Reasons why the device would refuse the run. */
  readonly refusals: readonly string[];
}

export interface OutputFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The kinds of requests, each with what it gives and what it gets. */
export interface Requests {
  device: { readonly gives: undefined; readonly gets: DeviceInfo };
  model: { readonly gives: ModelSource; readonly gets: ModelInfo };
  /** Tells how many tokens a text has for the model that is open. */
  text: { readonly gives: TextSource; readonly gets: { readonly tokens: number } };
  estimate: { readonly gives: RunSettings; readonly gets: Estimate };
  /** Starts a new run with the open model and text; the reply comes when it has a folder. */
  start: {
    readonly gives: { readonly settings: RunSettings; readonly title: string };
    readonly gets: string;
  };
  /** Goes on with a stored run, whose model is open, and gets its metrics up to the checkpoint. */
  resume: { readonly gives: string; readonly gets: string };
  /** Stops after the step that is under way, when a checkpoint of it is whole; and goes on. */
  pause: { readonly gives: undefined; readonly gets: undefined };
  continue: { readonly gives: undefined; readonly gets: undefined };
  /** Writes a sample of the run that is paused. */
  sample: {
    readonly gives: { readonly prompt: string; readonly tokens: number };
    readonly gets: string;
  };
  runs: { readonly gives: undefined; readonly gets: readonly StoredRun[] };
  remove: { readonly gives: string; readonly gets: undefined };
  /** The files of a run's adapter. */
  adapter: { readonly gives: string; readonly gets: readonly OutputFile[] };
  /** The lines of a run's metrics.jsonl. */
  metrics: { readonly gives: string; readonly gets: string };
}

export type Kind = keyof Requests;

export type Asking = {
  [K in Kind]: { readonly id: number; readonly kind: K; readonly gives: Requests[K]['gives'] };
}[Kind];

export interface Failure {
  readonly message: string;
  /** The code of the error, such as OFT6004, where it has one. */
  readonly code?: string;
}

/** A message about a run that goes on. */
export type Report =
  | { readonly report: 'status'; readonly text: string }
  | { readonly report: 'note'; readonly text: string }
  | {
      readonly report: 'step';
      readonly step: number;
      readonly loss: number;
      readonly tokens: number;
      readonly seconds: number;
      readonly rate: number;
      /** Bytes of device memory held now, and at the most so far. */
      readonly held: number;
      readonly most: number;
    }
  | { readonly report: 'evaluated'; readonly step: number; readonly heldOut: number }
  | { readonly report: 'saved'; readonly step: number }
  | { readonly report: 'paused'; readonly step: number }
  | { readonly report: 'going' }
  | { readonly report: 'sample'; readonly when: 'before' | 'after'; readonly text: string }
  | { readonly report: 'done'; readonly id: string; readonly seconds: number }
  | { readonly report: 'failed'; readonly failure: Failure };

export type Answer = { readonly id: number } & ({ readonly gets: unknown } | { readonly failure: Failure });
