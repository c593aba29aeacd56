/** Temporary files beside a path: their names, which nothing else is taken for, and their removal after a kill. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { sha256 } from '../../../src/formats/sha256.ts';
import {
  hiddenName,
  namesIn,
  removeLeftovers,
  temporaryFor,
  temporaryKind,
} from '../../../src/formats/temporary.ts';
import { newFolder } from './files.ts';

const UUID = '6f1c2b1e-54a5-4c61-9d2c-0b6a2e6f1a11';

it('a temporary lies beside the path, and has its name, its kind and a new UUID', () => {
  for (const [kind, made] of [
    ['new', temporaryFor('a/../b/plan.svg')],
    ['new', temporaryFor('b/plan.svg', 'new')],
    ['old', temporaryFor('b/plan.svg', 'old')],
  ] as const) {
    expect(dirname(made)).toBe(resolve('b'));
    expect(basename(made)).toMatch(new RegExp(`^\\.plan\\.svg-${kind}-[0-9a-f-]{36}\\.tmp$`));
    expect(temporaryKind(basename(made), 'b/plan.svg')).toBe(kind);
  }
  expect(temporaryFor('a')).not.toBe(temporaryFor('a'));
});

it.each([
  [`.plan.svg-new-${UUID}.tmp`, 'new'],
  [`.plan.svg-old-${UUID}.tmp`, 'old'],
  [`.plan.svg-new-${UUID}.tmpx`, undefined],
  [`.plan.svg-new-${UUID}.bak`, undefined],
  [`.plan.svg-new-${UUID}`, undefined],
  [`.plan.svg-new-${UUID.slice(1)}.tmp`, undefined],
  [`.plan.svg-new-${UUID}0.tmp`, undefined],
  [`.plan.svg-new-0${UUID}.tmp`, undefined],
  [`.plan.svg-new-${UUID.replace('-4', '-1')}.tmp`, undefined],
  [`.plan.svg-new-${UUID.replace('-9', '-7')}.tmp`, undefined],
  [`.plan.svg-new-${UUID.toUpperCase()}.tmp`, undefined],
  [`.plan.svg-odd-${UUID}.tmp`, undefined],
  [`.Plan.svg-new-${UUID}.tmp`, undefined],
  [`plan.svg-new-${UUID}.tmp`, undefined],
  ['plan.svg', undefined],
])('%s beside plan.svg is of the kind %s', (name, kind) => {
  expect(temporaryKind(name, 'some/plan.svg')).toBe(kind);
});

it('a name of at most 200 bytes is kept behind a dot, and a longer one is a digest', () => {
  for (const name of ['a', 'n'.repeat(200), 'é'.repeat(100)])
    expect(hiddenName(`/x/${name}`)).toBe(`.${name}`);
  for (const name of ['n'.repeat(201), `${'é'.repeat(100)}n`])
    expect(hiddenName(`/x/${name}`)).toBe(`.${sha256(name)}`);
});

it('leftovers of a file are removed, folders too, and nothing else', async () => {
  const folder = newFolder();
  const path = join(folder, 'plan');
  const others = ['.plain-new-1.tmp', `.other-new-${UUID}.tmp`, 'plan'];
  for (const name of others) writeFileSync(join(folder, name), 'kept');
  writeFileSync(temporaryFor(path), '');
  writeFileSync(temporaryFor(path, 'old'), 'old');
  const left = temporaryFor(path);
  mkdirSync(left);
  writeFileSync(join(left, 'file'), '');
  await removeLeftovers(path);
  expect(readdirSync(folder).sort()).toEqual(others.toSorted());
  expect(readFileSync(path, 'utf8')).toBe('kept');
});

it('the old version is put back where the path is missing, and the new one alone is not', async () => {
  const folder = newFolder();
  const path = join(folder, 'plan');
  writeFileSync(temporaryFor(path), 'new');
  await removeLeftovers(path);
  expect(readdirSync(folder)).toEqual([]);
  writeFileSync(temporaryFor(path), 'new');
  writeFileSync(temporaryFor(path, 'old'), 'old');
  await removeLeftovers(path);
  expect(readdirSync(folder)).toEqual(['plan']);
  expect(readFileSync(path, 'utf8')).toBe('old');
});

it('a missing folder has no names, and what is no folder is an error', async () => {
  const folder = newFolder();
  writeFileSync(join(folder, 'file'), '');
  expect(await namesIn(folder)).toEqual(['file']);
  expect(await namesIn(join(folder, 'missing'))).toEqual([]);
  await removeLeftovers(join(folder, 'missing/plan'));
  await expect(namesIn(join(folder, 'file'))).rejects.toMatchObject({ code: 'ENOTDIR' });
});
