/** Stores the counts of each way in `.differential/`, a file for each seed and way, so that an interrupted run goes on. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { peakMB } from '../trust/report.ts';
import { storeCall } from './calls.ts';
import { type Counts, type Found, noCounts, SHARD } from './shard.ts';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const FOLDER = join(ROOT, '.differential');

export interface State {
  readonly way: string;
  readonly seed: number;
  /** The state of the checkout; another one begins anew. */
  readonly version: string;
  /** The shards that are done, by number. */
  readonly shards: Record<string, Counts>;
  peakMB: number;
}

const pathOf = (way: string, seed: number) => join(FOLDER, `${seed}-${way.replace(/\W+/g, '-')}.json`);

const read = (path: string): State => JSON.parse(readFileSync(path, 'utf8'));

export function stateOf(way: string, seed: number, version: string): State {
  const path = pathOf(way, seed);
  const held = existsSync(path) ? read(path) : undefined;
  return held?.version === version ? held : { way, seed, version, shards: {}, peakMB: 0 };
}

function write(path: string, data: unknown): void {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(`${path}.new`, JSON.stringify(data, undefined, 1));
  renameSync(`${path}.new`, path);
}

export function save(state: State, shard: number, counts: Counts): void {
  state.shards[shard] = counts;
  state.peakMB = Math.max(state.peakMB, peakMB());
  write(pathOf(state.way, state.seed), state);
}

/** The shards that a number of programs takes, each with its own number. */
export const shardsOf = (
  programs: number,
): readonly { readonly number: number; readonly programs: number }[] =>
  Array.from({ length: Math.ceil(programs / SHARD) }, (_, number) => ({
    number,
    programs: Math.min(SHARD, programs - number * SHARD),
  }));

export function total({ shards }: State): Counts {
  const sum = noCounts();
  for (const c of Object.values(shards)) {
    for (const key of ['programs', 'taken', 'disagreements', 'milliseconds', 'processorMs'] as const)
      sum[key] += c[key];
    sum.slowestMs = Math.max(sum.slowestMs, c.slowestMs);
    for (const [why, n] of Object.entries(c.skipped)) sum.skipped[why] = (sum.skipped[why] ?? 0) + n;
  }
  return sum;
}

/** The states of a seed, of every way that has one. */
export const statesOf = (seed: number): readonly State[] =>
  existsSync(FOLDER)
    ? readdirSync(FOLDER)
        .filter((name) => name.startsWith(`${seed}-`) && name.endsWith('.json'))
        .map((name) => read(join(FOLDER, name)))
    : [];

/** Keeps a call that disagreed, and returns the path of its file. */
export function keep({ way, call, message }: Found, seed: number): string {
  const path = join(FOLDER, `found-${way.replace(/\W+/g, '-')}-${seed}.json`);
  write(path, { way, message, call: storeCall(call) });
  return path;
}
