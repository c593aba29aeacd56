/**
 * A clock that jumps by hours, forwards and back, while a run trains: the run is the one of a steady clock, its metrics are
 * read again, and no lock, cached Plan or text that a terminal shows depends on the jump.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { withProgress } from '../../src/cli/io.ts';
import { readMetrics } from '../../src/finetune/loop/run-folder.ts';
import { locked } from '../../src/formats/lock.ts';
import { planFolder } from '../../src/plans/folder.ts';
import { losses } from '../src/finetune/kills/folder.ts';
import { at, finetune } from '../src/finetune/tiny.ts';
import { Table } from './table.ts';

const table = new Table('clock');
const HOURS = 3_600_000;

const real = { date: Date.now, performance: performance.now };
/** Makes each reading of a clock differ by some hours from the one before: those of `by`, in turn. */
function jumping(by: readonly number[]): void {
  let reads = 0;
  const shift = () => by[reads++ % by.length]! * HOURS;
  Date.now = () => real.date.call(Date) + shift();
  performance.now = () => real.performance.call(performance) + shift();
}
const steady = (): void => {
  Date.now = real.date;
  performance.now = real.performance;
};
afterEach(steady);

const JUMPS: Readonly<Record<string, readonly number[]>> = {
  forwards: [0, 5, 10, 15, 20],
  back: [20, 15, 10, 5, 0],
  'to and fro': [0, 9, -7, 3, -12],
};
const RUN = ['--steps', '4', '--save-every', '2', '--eval-every', '2', '--targets', 'q_proj'];
const note = (work: string, outcome: string) =>
  table.add('the clock jumps by hours', work, 'at every reading', outcome, Object.keys(JUMPS).length);

beforeAll(async () => {
  const { exit, stderr } = await finetune('steady', ...RUN);
  expect(exit, stderr).toBe(0);
});

it.each(Object.entries(JUMPS))('a run is the same where it jumps %s', async (name, by) => {
  const run = name.replaceAll(' ', '-');
  jumping(by);
  const { exit, stderr } = await finetune(run, ...RUN);
  expect(exit, stderr).toBe(0);
  // Metrics are read strictly: a number of seconds below 0 would make the run one that cannot be resumed.
  for (const m of await readMetrics(at(run))) if ('seconds' in m) expect(m.seconds).toBeGreaterThanOrEqual(0);
  expect((await finetune(run, ...RUN, '--resume')).exit).toBe(0);
  steady();
  expect(await losses(at(run))).toEqual(await losses(at('steady')));
});
afterAll(() => note('finetune, and finetune --resume', 'the losses of a steady clock'));

it.each(Object.entries(JUMPS))('a terminal shows no time below 0 where it jumps %s', async (_, by) => {
  let shown = '';
  jumping(by);
  const stream = { write: (text: string) => (shown += text), isTTY: true };
  const io = { stdout: stream, stderr: stream, color: false, json: false };
  await withProgress(io, 'Working', async (say) => {
    for (let n = 0; n < 6; n++) say(`part ${n}`);
  });
  expect(shown).toMatch(/part 5 … \d+ s/);
  expect(shown).not.toContain('-');
});
afterAll(() => note('the line of progress', 'no time below 0'));

it.each(Object.entries(JUMPS))('a lock holds where it jumps %s', async (_, by) => {
  const path = at('.locked.oftc.lock');
  const options = { warn: () => {} };
  jumping(by);
  await locked(path, 'it', options, async () => {
    await expect(locked(path, 'it', options, async () => {})).rejects.toMatchObject({ code: 'OFT6012' });
  });
  await locked(path, 'it', options, async () => {});
  expect(existsSync(path)).toBe(false);
});
afterAll(() => note('a lock', 'held by one, and free after'));

it.each(Object.entries(JUMPS))('cached Plans stay whole where it jumps %s', async (_, by) => {
  const folder = join(tmpdir(), 'oftc-faults-plans');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const store = planFolder({ folder });
  jumping(by);
  // The files of a future clock, and one that another process is writing.
  await store.write('a', 'one');
  for (const name of readdirSync(folder)) utimesSync(join(folder, name), 4e9, 4e9);
  writeFileSync(join(folder, 'x.tmp'), '');
  await store.write('b', 'two');
  expect([store.read('a'), store.read('b')]).toEqual(['one', 'two']);
  const kept = readdirSync(folder).filter((name) => name.endsWith('.plan'));
  expect(kept).toHaveLength(2);
  for (const name of kept) expect(readFileSync(join(folder, name), 'utf8')).not.toBe('');
  rmSync(folder, { recursive: true, force: true });
});
afterAll(() => note('the cache of compiled Plans', 'every Plan is read again'));
