import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { errorCode } from '../../../src/formats/error-code.ts';
import { makeFolders } from '../../../src/formats/make-folders.ts';
import { newFolder, thrown } from './files.ts';

let folder = '';
beforeEach(() => {
  folder = newFolder();
});

it('makes a folder and those above it, and returns the first that it made', () => {
  expect(makeFolders(join(folder, 'a/b/c'))).toBe(join(folder, 'a'));
  expect(makeFolders(join(folder, 'a/b/d'))).toBe(join(folder, 'a/b/d'));
  expect(makeFolders(join(folder, 'a/b/c'))).toBeUndefined();
  expect(statSync(join(folder, 'a/b/c')).isDirectory()).toBe(true);
});

it('gives each folder that it makes the mode', () => {
  makeFolders(join(folder, 'own/deep'), 0o700);
  expect(['own', 'own/deep'].map((name) => statSync(join(folder, name)).mode & 0o777)).toEqual([
    0o700, 0o700,
  ]);
});

it('makes nothing where a file is in the way', async () => {
  writeFileSync(join(folder, 'file'), '');
  expect(errorCode(await thrown(() => makeFolders(join(folder, 'file'))))).toBe('EEXIST');
  expect(errorCode(await thrown(() => makeFolders(join(folder, 'file/a'))))).toBe('ENOTDIR');
});

it.runIf(existsSync('/proc/self'))('ends where a folder that is there takes no other, as /proc', async () => {
  for (const path of ['/proc/oftc', '/proc/oftc/deep/deeper'])
    expect(String(await thrown(() => makeFolders(path)))).toMatch(/ENOENT.*mkdir '\/proc\/oftc'/);
});
