/** The messages between the benchmark and a peer, which runs in its own process. */
import type { Time } from '../interleave.ts';

export type Precision = 'f32' | 'f16';

/** The product y = x·W of (m, k) and (k, n), stored and returned in one precision. */
export interface Contraction {
  readonly kind: 'contraction';
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly precision: Precision;
}

/**
 * A training step of OFTv2 with five Cayley–Neumann terms. It computes y, and from grad.y also grad.x and
 * grad.v.
 */
export interface OftStep {
  readonly kind: 'oft';
  readonly tokens: number;
  readonly in: number;
  readonly out: number;
  readonly b: number;
}

export type Task = Contraction | OftStep;

/** Row indices by output; `Values` has the rows' elements, one row after another. */
export type Rows = Readonly<Record<string, readonly number[]>>;
export type Values = Readonly<Record<string, Float32Array>>;

/** A task with its inputs on the device. */
export interface Job {
  /** Does one operation and waits until the device is done. */
  run(): Promise<void>;
  /** Runs once more and reads these rows of the outputs. */
  read(rows: Rows): Promise<Values>;
  dispose(): void;
}

export interface Peer {
  readonly version: string;
  /** Puts a task's inputs on the device. Rejects with the reason if the library cannot do the task. */
  open(task: Task): Promise<Job>;
}

/** A message to the peer; `job` is the number that `open` returned. */
export type Request =
  | { readonly do: 'start'; readonly peer: PeerName }
  | { readonly do: 'open'; readonly task: Task }
  | { readonly do: 'run'; readonly job: number; readonly repeats: number }
  | { readonly do: 'read'; readonly job: number; readonly rows: Rows }
  | { readonly do: 'close'; readonly job: number };

export interface Answers {
  readonly start: string;
  readonly open: number;
  readonly run: Time;
  readonly read: Values;
  readonly close: null;
}

export type Answer = { readonly value: Answers[keyof Answers] } | { readonly error: string };

export const PEERS = ['onnxruntime-node', 'tfjs', 'jax-js'] as const;
export type PeerName = (typeof PEERS)[number];
