import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Alone } from './alone.ts';
import type { Run } from './pool.ts';
import type { Job, Report } from './worker.ts';

const folder = mkdtempSync(join(tmpdir(), 'oftc-alone-'));
afterAll(() => rmSync(folder, { recursive: true }));

const LEVEL = { runs: '10%', cases: 'sample' } as const;
const first = { name: 'first', test: { file: 'a.test.ts', index: 0, limit: 1 } };
const second = { name: 'second', test: { file: 'a.test.ts', index: 1, limit: 1 } };
const digests = { 'a.test.ts': 'one' };

/** A pool's worker in which the second test fails where the first has not run. */
function worker() {
  const jobs: Job[] = [];
  const run: Run = async (job) => {
    jobs.push(job);
    const reports = job.tests.map(({ limit: _, ...test }, n): Report => {
      const passes = test.index === 0 || n > 0;
      return passes
        ? { kind: 'passed', test, name: '', seconds: 0, loading: 0, reached: new Uint8Array() }
        : { kind: 'failed', test, name: '', message: 'the first has not run' };
    });
    return { reports, end: 'done' };
  };
  return { jobs, run };
}

it('a test that needs another one is known to fail alone, and runs once', async () => {
  const { jobs, run } = worker();
  const alone = new Alone(join(folder, 'once.json'), digests);
  expect([alone.fails(first), alone.fails(second)]).toEqual([false, false]);
  for (let i = 0; i < 2; i++)
    expect([await alone.passes(first, LEVEL, run), await alone.passes(second, LEVEL, run)]).toEqual([
      true,
      false,
    ]);
  expect([alone.fails(first), alone.fails(second)]).toEqual([false, true]);
  expect(jobs.map((j) => [j.mutant, j.tests])).toEqual([
    [null, [first.test]],
    [null, [second.test]],
  ]);
});

it('a process that ends early says nothing of a test', async () => {
  const alone = new Alone(join(folder, 'died.json'), digests);
  const run: Run = async () => ({ reports: [], end: 'died' });
  expect([await alone.passes(first, LEVEL, run), alone.fails(first)]).toEqual([false, false]);
});

it('what is known is kept on disk as long as the test’s file is the same', async () => {
  const file = join(folder, 'kept.json');
  const alone = new Alone(file, digests);
  await alone.passes(second, LEVEL, worker().run);
  alone.save();
  expect(new Alone(file, digests).fails(second)).toBe(true);
  expect(new Alone(file, { 'a.test.ts': 'two' }).fails(second)).toBe(false);
});
