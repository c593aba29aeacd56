/** Files that belong together: a kill at any operation leaves each whole, and nobody else's file is ever replaced. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { removeAllLeftovers, writeAll } from '../../../src/formats/write-all.ts';
import { watchOperations } from '../../faults/operations.mjs';

const root = mkdtempSync(join(tmpdir(), 'oftc-write-all-'));
let count = 0;
function folderWith(texts: Readonly<Record<string, string>>): string {
  const folder = join(root, `${count++}`);
  mkdirSync(folder);
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text);
  return folder;
}
const isOurs = (at: string, path: string) => {
  if (!readFileSync(at, 'utf8').startsWith('ours')) throw new Error(`${path} is not ours`);
};
const treeOf = (folder: string) =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));

const OLD = { 'a.js': 'ours: old a', 'b.js': 'ours: old b', 'notes.txt': 'mine' };
const NEW = { 'a.js': 'ours: new a', 'b.js': 'ours: new b', 'c.js': 'ours: new c' };
const within = (folder: string) =>
  Object.fromEntries(Object.entries(NEW).map(([name, text]) => [join(folder, name), text]));

/** Writes, and lets every operation fail from the n-th on, as a kill would end them. Returns whether n came. */
async function killedAt(
  folder: string,
  n: number,
  also?: (code: string) => Error | undefined,
): Promise<boolean> {
  let seen = 0;
  const back = await watchOperations((name, _, path) => {
    if (!path.startsWith(folder)) return;
    const instead = also?.(name);
    if (instead) throw instead;
    if (++seen >= n) throw new Error('killed');
  });
  try {
    await writeAll(within(folder), isOurs).catch(() => {});
  } finally {
    back();
  }
  return seen >= n;
}

const noLinks = (name: string) =>
  name === 'linkSync' ? Object.assign(new Error('EPERM'), { code: 'EPERM' }) : undefined;

it.each([
  ['with hard links', undefined],
  ['without hard links', noLinks],
] as const)(
  'on a disk %s, a kill at any operation leaves whole files, and the next writer does its work',
  async (_, also) => {
    let n = 1;
    for (; ; n++) {
      const folder = folderWith(OLD);
      if (!(await killedAt(folder, n, also))) break;
      const named = Object.entries(treeOf(folder)).filter(([name]) => !name.endsWith('.tmp'));
      for (const [name, text] of named)
        expect([OLD[name as keyof typeof OLD], NEW[name as keyof typeof NEW]]).toContain(text);
      if (also === undefined)
        expect(named.map(([name]) => name)).toEqual(expect.arrayContaining(Object.keys(OLD)));
      await removeAllLeftovers(Object.keys(within(folder)));
      await writeAll(within(folder), isOurs);
      expect(treeOf(folder)).toEqual({ ...OLD, ...NEW });
    }
    expect(n).toBeGreaterThan(9);
  },
);

it('keeps a file that appears while it writes, and takes back what it had replaced', async () => {
  const folder = folderWith(OLD);
  const back = await watchOperations((name, _, path) => {
    if (name === 'linkSync' && path === join(folder, 'c.js')) writeFileSync(path, 'a thesis');
  });
  try {
    await expect(writeAll(within(folder), isOurs)).rejects.toMatchObject({ code: 'EEXIST' });
  } finally {
    back();
  }
  expect(treeOf(folder)).toEqual({ ...OLD, 'c.js': 'a thesis' });
});

it('keeps a file that takes the place of an older one of ours while it writes', async () => {
  const folder = folderWith(OLD);
  let isExchanged = false;
  const back = await watchOperations((name, _, path) => {
    if (name !== 'linkSync' || !path.startsWith(join(folder, '.b.js')) || isExchanged) return;
    isExchanged = true;
    writeFileSync(join(folder, 'b.js'), 'a thesis');
  });
  try {
    await expect(writeAll(within(folder), isOurs)).rejects.toThrow('b.js is not ours');
  } finally {
    back();
  }
  expect(treeOf(folder)).toEqual({ ...OLD, 'b.js': 'a thesis' });
});
