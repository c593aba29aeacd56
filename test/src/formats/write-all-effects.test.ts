/** Files that belong together: the order of effects, and what stays where any one of them fails or a signal comes. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { removeAllLeftovers, writeAll } from '../../../src/formats/write-all.ts';
import { watchOperations } from '../../faults/operations.mjs';
import { endAll, endBy } from './at-end.ts';
import { flushes, folderOf, operations, treeOf } from './effects.ts';

beforeEach(endAll);

const OLD = { 'a.js': 'ours: old a', 'notes.txt': 'mine' };
const NEW = {
  ...{ 'a.js': 'ours: new a', 'c.js': 'ours: new c' },
  ...{ 'deep/': '', 'deep/d.js': 'ours: new d', 'deep/er/': '', 'deep/er/e.js': 'ours: new e' },
  ...{ 'up/': '', 'up/on/': '', 'up/on/f.js': 'ours: new f' },
};
const within = (folder: string, texts: Readonly<Record<string, string>> = NEW) =>
  Object.fromEntries(
    Object.entries(texts).flatMap(([name, text]) => (name.endsWith('/') ? [] : [[join(folder, name), text]])),
  );
const isOurs = (at: string, path: string) => {
  if (!readFileSync(at, 'utf8').startsWith('ours')) throw new Error(`${path} is not ours`);
};

/** Lets every hard link fail with a code, as on a disk without them. */
const withoutLinks = async (work: () => Promise<void>, code: string) => {
  const back = await watchOperations((name) => {
    if (name === 'linkSync') throw Object.assign(new Error(code), { code });
  });
  try {
    await work();
  } finally {
    back();
  }
};

const ORDER = [
  'mkdirSync ',
  'mkdirSync ',
  'mkdirSync deep',
  'mkdirSync deep/er',
  'mkdirSync up/on',
  'mkdirSync up',
  'mkdirSync up/on',
  'writeFile .a.js-new-N.tmp',
  'writeFile .c.js-new-N.tmp',
  'writeFile deep/.d.js-new-N.tmp',
  'writeFile deep/er/.e.js-new-N.tmp',
  'writeFile up/on/.f.js-new-N.tmp',
  'linkSync .a.js-old-N.tmp',
  'renameSync a.js',
  'linkSync c.js',
  'linkSync deep/d.js',
  'linkSync deep/er/e.js',
  'linkSync up/on/f.js',
];
const CLEARING = ['a.js', 'c.js', 'deep/.d.js', 'deep/er/.e.js', 'up/on/.f.js'].flatMap((name) => {
  const hidden = name.replace(/^(?=\w\.)/, '.');
  return [`rmSync ${hidden}-old-N.tmp`, `rmSync ${hidden}-new-N.tmp`];
});

it('all are written and flushed before the first takes its place', async () => {
  const folder = folderOf(OLD);
  const { seen, error } = await operations(folder, () => writeAll(within(folder), isOurs));
  expect(error).toBeUndefined();
  expect(seen).toEqual([...ORDER, ...CLEARING]);
  expect(treeOf(folder)).toEqual({ ...OLD, ...NEW });
  expect(endBy('SIGTERM').waits).toEqual([]);
  expect(await flushes(() => writeAll(within(folder), isOurs))).toBe(5);
});

it.each([...new Set(ORDER)])('where this fails, all is as it was: %s', async (failing) => {
  const folder = folderOf(OLD);
  const { error } = await operations(folder, () => writeAll(within(folder), isOurs), failing);
  expect(error).toBe('Error: the disk failed');
  expect(treeOf(folder)).toEqual(OLD);
  expect(endBy('SIGTERM').waits).toEqual([]);
});

it('where clearing up fails, all are written, and a later call removes the rest', async () => {
  const folder = folderOf(OLD);
  const failing = 'rmSync .a.js-old-N.tmp';
  expect(await operations(folder, () => writeAll(within(folder), isOurs), failing)).toMatchObject({
    error: 'Error: the disk failed',
  });
  expect(treeOf(folder)).toMatchObject({ ...OLD, ...NEW, '.a.js-old-N.tmp': 'ours: old a' });
  await removeAllLeftovers(Object.keys(within(folder)));
  expect(treeOf(folder)).toEqual({ ...OLD, ...NEW });
});

it.each(ORDER.filter((line) => line.startsWith('writeFile')))(
  'a signal leaves all as it was: before %s',
  async (line) => {
    const folder = folderOf(OLD);
    const back = await watchOperations((name, _, path) => {
      if (!path.startsWith(folder) || name !== 'writeFile') return;
      if (`${name} ${path.slice(folder.length + 1).replace(/-[0-9a-f-]{36}/, '-N')}` !== line) return;
      endBy('SIGINT');
      // The thread has not made the file that is removed last.
      expect(treeOf(folder)).toEqual(OLD);
      throw new Error('ended');
    });
    try {
      await expect(writeAll(within(folder), isOurs)).rejects.toThrow('ended');
    } finally {
      back();
    }
    expect(treeOf(folder)).toEqual(OLD);
  },
);

it.each(['EPERM', 'EMLINK', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EISDIR'])(
  'on a disk whose links fail with %s, files are renamed instead',
  async (code) => {
    const folder = folderOf(OLD);
    await withoutLinks(() => writeAll(within(folder), isOurs), code);
    expect(treeOf(folder)).toEqual({ ...OLD, ...NEW });
    const others = folderOf({ ...OLD, 'c.js': 'a thesis' });
    const refused = withoutLinks(() => writeAll(within(others), isOurs), code);
    await expect(refused).rejects.toThrow('c.js is not ours');
    expect(treeOf(others)).toEqual({ ...OLD, 'c.js': 'a thesis' });
  },
);

it('on a disk without links, a file is put back where its new version cannot take its place', async () => {
  const folder = folderOf(OLD);
  const failing = () => operations(folder, () => writeAll(within(folder), isOurs), 'renameSync a.js');
  await withoutLinks(async () => {
    expect((await failing()).error).toBe('Error: the disk failed');
  }, 'EPERM');
  expect(treeOf(folder)).toEqual(OLD);
});

it('what failed is said where a new file went meanwhile', async () => {
  const folder = folderOf(OLD);
  const back = await watchOperations((name, _, path) => {
    if (name !== 'linkSync' || path !== join(folder, 'deep/d.js')) return;
    rmSync(join(folder, 'c.js'));
    throw new Error('the disk failed');
  });
  try {
    await expect(writeAll(within(folder), isOurs)).rejects.toThrow('the disk failed');
  } finally {
    back();
  }
  expect(treeOf(folder)).toEqual(OLD);
});

it('a link that fails for another reason is an error', async () => {
  for (const files of [OLD, { 'notes.txt': 'mine' }]) {
    const folder = folderOf(files);
    const full = withoutLinks(() => writeAll(within(folder), isOurs), 'ENOSPC');
    await expect(full).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(treeOf(folder)).toEqual(files);
  }
});

it('a file that appears meanwhile is kept on a disk without links too', async () => {
  const folder = folderOf(OLD);
  const back = await watchOperations((name, _, path) => {
    if (name !== 'linkSync') return;
    if (path === join(folder, 'c.js')) writeFileSync(path, 'a thesis');
    throw Object.assign(new Error('EPERM'), { code: 'EPERM' });
  });
  try {
    await expect(writeAll(within(folder), isOurs)).rejects.toMatchObject({ code: 'EPERM' });
  } finally {
    back();
  }
  expect(treeOf(folder)).toEqual({ ...OLD, 'c.js': 'a thesis' });
});

it('a file that is checked before it is written is neither replaced nor is another', async () => {
  const folder = folderOf({ ...OLD, 'c.js': 'a thesis' });
  const { seen, error } = await operations(folder, () => writeAll(within(folder), isOurs));
  expect(error).toBe(`Error: ${join(folder, 'c.js')} is not ours`);
  expect(seen).toEqual(['mkdirSync ', 'mkdirSync ']);
});

it('a file of two names is taken back to what it was', async () => {
  const folder = folderOf(OLD);
  const texts = { ...within(folder, { 'a.js': 'ours: one' }), [`${folder}/./a.js`]: 'ours: two' };
  const failing = 'linkSync b.js';
  const all = { ...texts, [join(folder, 'b.js')]: 'ours: b' };
  expect(await operations(folder, () => writeAll(all, isOurs), failing)).toMatchObject({
    error: 'Error: the disk failed',
  });
  expect(treeOf(folder)).toEqual(OLD);
});
