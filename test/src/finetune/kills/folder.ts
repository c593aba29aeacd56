/** Compares the folder of a killed run with that of the same run left undisturbed. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTrained } from '../../../../src/finetune/adapter-files.ts';
import { readCheckpoint } from '../../../../src/finetune/loop/checkpoint.ts';
import type { Metric } from '../../../../src/finetune/loop/metrics.ts';
import {
  ADAPTER,
  CHART,
  CHECKPOINT,
  METRICS,
  RUN,
  readMetrics,
} from '../../../../src/finetune/loop/run-folder.ts';
import { openModel } from '../../../../src/finetune/models/open.ts';
import { LOCK } from '../../../../src/formats/lock.ts';

export const entries = (run: string): string[] => (existsSync(run) ? readdirSync(run) : []);

/** A metric without its seconds, which differ between runs. */
const known = (m: Metric) => ('loss' in m ? [m.step, m.loss, m.norm] : [m.step, m.heldOut]);

export const losses = async (run: string): Promise<number[][]> => (await readMetrics(run)).map(known);

/** The lines of metrics.jsonl without a torn last one, or those in its first `bytes`, which end with a whole line. */
function linesOf(run: string, bytes?: number): string[] {
  const path = join(run, METRICS);
  const text = existsSync(path) ? readFileSync(path).subarray(0, bytes).toString() : '';
  const lines = text.split('\n');
  const rest = lines.pop();
  if (bytes !== undefined) assert.equal(rest, '');
  return lines;
}

/** The step of the last whole line of metrics.jsonl; 0 where there is none. */
export function stepOf(run: string): number {
  const last = linesOf(run).at(-1);
  return last === undefined ? 0 : (JSON.parse(last) as Metric).step;
}

const sameAdapter = (a: string, b: string): void => {
  assert.deepEqual(readdirSync(a).sort(), readdirSync(b).sort());
  for (const name of readdirSync(a))
    assert.deepEqual(readFileSync(join(a, name)), readFileSync(join(b, name)), join(a, name));
};

/**
 * Asserts that every file of `run`, temporary ones aside, is whole and agrees with `alone`, and that the metrics
 * reach as far as the checkpoint says. Returns the checkpoint's step, or undefined where there is no checkpoint.
 */
export async function undamaged(run: string, alone: string, model: string): Promise<number | undefined> {
  const written = await losses(alone);
  let taken: number | undefined;
  for (const name of entries(run).filter((n) => !n.endsWith('.tmp'))) {
    const path = join(run, name);
    switch (name) {
      case METRICS: {
        const lines = linesOf(run).map((line) => known(JSON.parse(line)));
        assert.deepEqual(lines, written.slice(0, lines.length));
        break;
      }
      case CHECKPOINT: {
        const { metrics, step } = await readCheckpoint(path);
        const before = linesOf(run, metrics).map((line) => known(JSON.parse(line)));
        assert.equal(step, before.at(-1)?.[0] ?? 0);
        taken = step;
        break;
      }
      case ADAPTER: {
        const opened = await openModel(model);
        await readTrained(path, opened);
        await opened.close();
        sameAdapter(path, join(alone, ADAPTER));
        break;
      }
      case CHART:
        assert.match(readFileSync(path, 'utf8'), /^<svg .*<\/svg>\n$/s);
        break;
      case RUN:
        assert.equal(readFileSync(path, 'utf8'), readFileSync(join(alone, RUN), 'utf8'));
        break;
      case LOCK:
        break; // the lock itself died with the process
      default:
        throw new Error(`no run writes ${name}`);
    }
  }
  return taken;
}

/** Asserts that a finished `run` has the losses, the adapter and exactly the files of `alone`. */
export async function same(run: string, alone: string): Promise<void> {
  assert.deepEqual(await losses(run), await losses(alone));
  sameAdapter(join(run, ADAPTER), join(alone, ADAPTER));
  assert.deepEqual(entries(run).sort(), entries(alone).sort());
}
