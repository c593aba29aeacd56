import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { baseline, Runs } from './baseline.ts';
import type { Run } from './pool.ts';
import type { Report } from './worker.ts';

const folder = mkdtempSync(join(tmpdir(), 'oftc-baseline-'));
afterAll(() => rmSync(folder, { recursive: true }));
vi.spyOn(console, 'log').mockImplementation(() => {});

const LEVEL = { runs: '10%', cases: 'sample' } as const;

/** A pool whose workers run one test of each file, and die in those that `dies` names. It notes the files that ran. */
function pool(dies: readonly string[] = []) {
  const ran: string[] = [];
  const run: Run = async ({ files }) => {
    ran.push(...files);
    const reports = files.map((file): Report => {
      const reached = new Uint8Array([1, file.length, 255]);
      return { kind: 'passed', test: { file, index: 0 }, name: file, seconds: 0.5, loading: 0.25, reached };
    });
    return { reports, end: files.some((f) => dies.includes(f)) ? 'died' : 'done' };
  };
  return {
    ran,
    async each<T>(items: readonly T[], work: (item: T, run: Run) => Promise<void>): Promise<void> {
      for (const item of items) await work(item, run);
    },
  };
}

it('a file that ran is remembered with what its tests reach, as long as it and the code are the same', async () => {
  const file = join(folder, 'runs.json.gz');
  const digests = { 'a.test.ts': '1', 'longer.test.ts': '1' };
  const first = await baseline(pool(), LEVEL, digests, new Runs(file, 'code'));
  const again = pool();
  expect(await baseline(again, LEVEL, digests, new Runs(file, 'code'))).toEqual(first);
  expect(again.ran).toEqual([]);
  expect(first.map((r) => [r.name, [...r.reached]])).toEqual([
    ['a.test.ts', [1, 9, 255]],
    ['longer.test.ts', [1, 14, 255]],
  ]);
  const changed = pool();
  await baseline(changed, LEVEL, { ...digests, 'a.test.ts': '2' }, new Runs(file, 'code'));
  expect(changed.ran).toEqual(['a.test.ts']);
  const fuller = pool();
  await baseline(fuller, { ...LEVEL, runs: '100%' }, digests, new Runs(file, 'code'));
  expect(fuller.ran).toEqual(Object.keys(digests));
  const other = pool();
  await baseline(other, LEVEL, digests, new Runs(file, 'other code'));
  expect(other.ran).toEqual(Object.keys(digests));
});

it('a file whose process dies runs again the next time', async () => {
  const file = join(folder, 'died.json.gz');
  const digests = { 'dies.test.ts': '1', 'ends.test.ts': '1' };
  await baseline(pool(['dies.test.ts']), LEVEL, digests, new Runs(file, 'code'));
  const again = pool();
  await baseline(again, LEVEL, digests, new Runs(file, 'code'));
  expect(again.ran).toEqual(['dies.test.ts']);
});

it('refuses to judge mutants without a test that passes', async () => {
  const none = new Runs(join(folder, 'none.json.gz'), 'code');
  await expect(baseline(pool(), LEVEL, {}, none)).rejects.toThrow(
    'none of 0 test files passes without a mutant',
  );
});
