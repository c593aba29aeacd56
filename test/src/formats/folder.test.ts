/** Folders and files that are replaced as a whole: the order of effects, and what a failure or a signal leaves. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { removeEmpty } from '../../../src/formats/empty-folders.ts';
import { writeFolder } from '../../../src/formats/folder.ts';
import { replacing, writeWhole } from '../../../src/formats/write-whole.ts';
import { watchOperations } from '../../faults/operations.mjs';
import { endAll, endBy } from './at-end.ts';
import { flushes, folderOf, operations, treeOf } from './effects.ts';
import { newFolder, refused, thrown } from './files.ts';
import { openFilesOf } from './open-files.ts';

beforeEach(endAll);

const OLD = { 'a.txt': 'old a', 'b.txt': 'old b' };

/** A new folder with the folder `out` in it, if it has files. */
function parentOf(files: Readonly<Record<string, string>> | undefined): string {
  const parent = newFolder();
  if (files) folderOf(files, join(parent, 'out'));
  return parent;
}

const write = async (into: string) => {
  writeFileSync(join(into, 'a.txt'), 'new a');
  mkdirSync(join(into, 'b.txt'));
  writeFileSync(join(into, 'b.txt', 'deep'), 'new b');
};
const NEW = { 'out/': '', 'out/a.txt': 'new a', 'out/b.txt/': '', 'out/b.txt/deep': 'new b' };
const KEPT = { 'out/': '', 'out/a.txt': 'old a', 'out/b.txt': 'old b' };

describe('a folder', () => {
  it('is made beside its place, flushed, exchanged in two renames, and the old one removed', async () => {
    const parent = parentOf(OLD);
    const { seen, error } = await operations(parent, () => writeFolder(join(parent, 'out'), write));
    expect(error).toBeUndefined();
    expect(seen).toEqual([
      'mkdirSync .out-new-N.tmp',
      'writeFileSync .out-new-N.tmp/a.txt',
      'mkdirSync .out-new-N.tmp/b.txt',
      'writeFileSync .out-new-N.tmp/b.txt/deep',
      'open .out-new-N.tmp/a.txt',
      'handle.sync .out-new-N.tmp/a.txt',
      'open .out-new-N.tmp/b.txt/deep',
      'handle.sync .out-new-N.tmp/b.txt/deep',
      'renameSync .out-old-N.tmp',
      'renameSync out',
      'rm .out-old-N.tmp',
    ]);
    expect(treeOf(parent)).toEqual(NEW);
    expect(openFilesOf(parent)).toEqual([]);
    expect(endBy('SIGTERM').waits).toEqual([]);
  });

  it('that is new is renamed once, and folders above it are made', async () => {
    const parent = newFolder();
    const { seen } = await operations(parent, () => writeFolder(join(parent, 'up/out'), write));
    expect(seen.filter((line) => line.startsWith('rename'))).toEqual(['renameSync up/out']);
    expect(treeOf(join(parent, 'up'))).toEqual(NEW);
  });

  it.each([
    ['mkdirSync .out-new-N.tmp', 'cannot make a folder beside it'],
    ['handle.sync .out-new-N.tmp/a.txt', 'cannot flush it'],
    ['renameSync .out-old-N.tmp', 'cannot replace it'],
    ['renameSync out', 'cannot replace it'],
  ])('is as it was where this fails: %s', async (failing, problem) => {
    for (const files of [OLD, undefined]) {
      const parent = parentOf(files);
      const { seen, error } = await operations(
        parent,
        () => writeFolder(join(parent, 'out'), write),
        failing,
      );
      if (!seen.includes(failing)) continue; // no folder was there
      expect(error).toMatch(new RegExp(`${problem}: the disk failed`));
      expect(treeOf(parent)).toEqual(files ? KEPT : {});
      expect(openFilesOf(parent)).toEqual([]);
      expect(endBy('SIGTERM').waits).toEqual([]);
    }
  });

  it('is complete, and the old one stays beside it, where that cannot be removed', async () => {
    const parent = parentOf(OLD);
    const failing = 'rm .out-old-N.tmp';
    const { error } = await operations(parent, () => writeFolder(join(parent, 'out'), write), failing);
    expect(error).toMatch('cannot replace it: the disk failed');
    expect(treeOf(join(parent, 'out'))).toEqual(treeOf(join(folderOf(NEW), 'out')));
  });

  it('is as it was where the writer fails, or would lose a file of it', async () => {
    const parent = parentOf(OLD);
    const out = join(parent, 'out');
    await expect(writeFolder(out, () => Promise.reject(new Error('of the writer')))).rejects.toThrow(
      'of the',
    );
    const few = async (into: string) => writeFileSync(join(into, 'b.txt'), '');
    await refused(
      () => writeFolder(out, few),
      'FolderInUse',
      `FolderInUse: ${out}: it holds "a.txt", which would be lost. Name another folder, or empty this one.`,
    );
    expect(treeOf(parent)).toEqual(KEPT);
  });

  it('is as it was where a signal comes while it is written', async () => {
    const parent = parentOf(OLD);
    const work = writeFolder(join(parent, 'out'), async (into) => {
      await write(into);
      expect(endBy('SIGTERM')).toEqual({ sent: [[true, 'SIGTERM']], waits: [] });
      expect(treeOf(parent)).toEqual(KEPT);
    });
    expect(await thrown(() => work)).toMatchObject({ code: 'ENOENT' });
    expect(treeOf(parent)).toEqual(KEPT);
  });

  it('is beside its place, old and new, where the process ends between the two renames', async () => {
    const parent = parentOf(OLD);
    const back = await watchOperations((name, _, path) => {
      if (name !== 'renameSync' || path !== join(parent, 'out')) return;
      endBy('exit');
      expect(treeOf(parent)).toMatchObject({ '.out-old-N.tmp/a.txt': 'old a' });
    });
    try {
      expect(await thrown(() => writeFolder(join(parent, 'out'), write))).toMatchObject({ code: 'IoError' });
    } finally {
      back();
    }
    expect(treeOf(parent)).toEqual(KEPT);
  });

  it('is the new one where a signal comes while the old one is removed', async () => {
    const parent = parentOf(OLD);
    const back = await watchOperations((name, _, path) => {
      if (name !== 'rm' || !path.includes('-old-')) return;
      endBy('SIGINT');
      expect(treeOf(parent)).toEqual(NEW);
    });
    try {
      await writeFolder(join(parent, 'out'), write);
    } finally {
      back();
    }
    expect(treeOf(parent)).toEqual(NEW);
  });
});

describe('a file', () => {
  it('is written beside its place, flushed, and renamed', async () => {
    const folder = newFolder();
    const path = join(folder, 'file');
    const { seen } = await operations(folder, () => writeWhole(path, 'one'));
    expect(seen).toEqual(['writeFile .file-new-N.tmp', 'rename file']);
    expect(await flushes(() => writeWhole(path, 'two'))).toBe(1);
    expect(treeOf(folder)).toEqual({ file: 'two' });
    expect(endBy('SIGTERM').waits).toEqual([]);
  });

  it.each(['writeFile .file-new-N.tmp', 'rename file'])(
    'is as it was where this fails: %s',
    async (failing) => {
      const folder = newFolder();
      const path = join(folder, 'file');
      await writeWhole(path, 'old');
      const { error } = await operations(folder, () => writeWhole(path, 'new'), failing);
      expect(error).toBe('Error: the disk failed');
      expect(treeOf(folder)).toEqual({ file: 'old' });
      expect(endBy('SIGTERM').waits).toEqual([]);
    },
  );

  it('is as it was where its writer fails, and gives what its writer gives', async () => {
    const folder = newFolder();
    const path = join(folder, 'file');
    const made = await replacing(path, async (temporary) => {
      writeFileSync(temporary, 'old');
      return 7;
    });
    expect(made).toBe(7);
    const failing = replacing(path, async (temporary) => {
      writeFileSync(temporary, 'half');
      throw new Error('of the writer');
    });
    await expect(failing).rejects.toThrow('of the writer');
    expect(treeOf(folder)).toEqual({ file: 'old' });
  });

  it('is as it was where a signal comes while it is written', async () => {
    const folder = newFolder();
    const path = join(folder, 'file');
    await writeWhole(path, 'old');
    const work = replacing(path, async (temporary) => {
      writeFileSync(temporary, 'half');
      expect(endBy('exit').waits).toEqual([]);
      expect(treeOf(folder)).toEqual({ file: 'old' });
    });
    expect(await thrown(() => work)).toMatchObject({ code: 'ENOENT' });
  });
});

it('empty folders are removed upwards to the one that was made, and no others', () => {
  const folder = newFolder();
  mkdirSync(join(folder, 'made/a/b'), { recursive: true });
  removeEmpty(join(folder, 'made/a/b'), join(folder, 'made'));
  expect(treeOf(folder)).toEqual({});
  expect(existsSync(folder)).toBe(true);
  mkdirSync(join(folder, 'made/a/b'), { recursive: true });
  writeFileSync(join(folder, 'made/file'), '');
  removeEmpty(join(folder, 'made/a/b'), folder);
  expect(treeOf(folder)).toEqual({ 'made/': '', 'made/file': '' });
  removeEmpty(join(folder, 'missing'), folder);
  expect(existsSync(folder)).toBe(true);
});
