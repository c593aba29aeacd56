/** The folder that keeps compiled Plans, and what is wrong with it. */
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { planFolder } from '../../../src/plans/folder.ts';

const newFolder = () => mkdtempSync(join(tmpdir(), 'oftc-plans-'));

/** Keeps texts, each written before the next. */
async function writeAll(folder: string, texts: Readonly<Record<string, string>>, most?: number) {
  const store = planFolder({ folder, ...(most ? { most } : {}) });
  for (const [key, text] of Object.entries(texts)) await store.write(key, text);
  return store;
}

it.runIf(process.platform !== 'win32')('makes a folder that only this user can read', async () => {
  const folder = join(newFolder(), 'new');
  await writeAll(folder, { one: 'the Plan' });
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

it('reads what another store of the folder saved, by its key', async () => {
  const folder = join(newFolder(), 'new');
  await writeAll(folder, { one: 'the Plan', two: 'another\nPlan' });
  const other = planFolder({ folder });
  expect(['one', 'two', 'three'].map((key) => other.read(key))).toEqual([
    'the Plan',
    'another\nPlan',
    undefined,
  ]);
});

it.each([
  ['cut', (text: string) => text.slice(0, -1)],
  ['changed in one letter', (text: string) => text.replace('Plan', 'Plane')],
  ['empty', () => ''],
])('gives nothing for an entry that is %s, and replaces it', async (_, spoil) => {
  const folder = newFolder();
  const store = await writeAll(folder, { one: 'the Plan' });
  const path = join(folder, readdirSync(folder)[0]!);
  writeFileSync(path, spoil(readFileSync(path, 'utf8')));
  expect(store.read('one')).toBeUndefined();
  await store.write('one', 'the Plan');
  expect(store.read('one')).toBe('the Plan');
});

it('removes the entries that were written first, where there is no more room', async () => {
  const folder = newFolder();
  const store = await writeAll(folder, { first: 'x'.repeat(1000) });
  utimesSync(join(folder, readdirSync(folder)[0]!), 1, 1);
  await writeAll(folder, { second: 'x'.repeat(1000), third: 'x'.repeat(1000) }, 2500);
  expect(['first', 'second', 'third'].map((key) => store.read(key) !== undefined)).toEqual([
    false,
    true,
    true,
  ]);
});

it('removes what a killed process left half-written, an hour later', async () => {
  const folder = newFolder();
  for (const name of ['old', 'young']) writeFileSync(join(folder, name), 'half');
  utimesSync(join(folder, 'old'), 1, 1);
  await planFolder({ folder }).write('one', 'the Plan');
  expect(readdirSync(folder)).not.toContain('old');
  expect(readdirSync(folder)).toContain('young');
});

it('says once why nothing can be saved, and goes on', async () => {
  const file = join(newFolder(), 'file');
  writeFileSync(file, '');
  chmodSync(file, 0o400);
  const problems: string[] = [];
  const store = planFolder({ folder: join(file, 'plans'), onProblem: (why) => problems.push(why) });
  await store.write('one', 'the Plan');
  await store.write('two', 'the Plan');
  expect(store.read('one')).toBeUndefined();
  expect(problems).toEqual([expect.stringContaining('ENOTDIR')]);
});
