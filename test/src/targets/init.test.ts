/** `oftc init` replaces no file and refuses bad names. test/package runs the project that it makes. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fresh, root } from '../../package/packed.ts';
import { oftc } from '../cli/harness.ts';

const FILES = ['README.md', 'my-adapter.test.ts', 'my-adapter.ts', 'package.json', 'tsconfig.json'];

test('says which files it makes, and depends on the package that it is run from', async () => {
  const folder = join(fresh(), 'my-adapter');
  const { stdout } = await oftc('init', 'my-adapter', '--dir', folder, '--json');
  expect(JSON.parse(stdout).files.toSorted()).toEqual(FILES.map((f) => join(folder, f)));
  const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  expect(join(folder, dependencies.oftc.replace(/^file:/, ''))).toBe(join(root, '.'));
});

test('replaces nothing', async () => {
  const folder = fresh();
  writeFileSync(join(folder, 'tsconfig.json'), '{}');
  expect(await oftc('init', 'my-adapter', '--dir', folder)).toMatchObject({
    exit: 2,
    stdout: '',
    stderr: expect.stringMatching(/tsconfig\.json' is there already/),
  });
  expect(readdirSync(folder)).toEqual(['tsconfig.json']);
});

test.each(['', 'Mine', '../up', 'a b', '1st', 'new', 'skew', 'block-diag'])(
  'refuses the name %j',
  async (name) => {
    const folder = join(fresh(), 'never');
    expect(await oftc('init', name, '--dir', folder)).toMatchObject({ exit: 2, stdout: '' });
    expect(readdirSync(join(folder, '..'))).toEqual([]);
  },
);
