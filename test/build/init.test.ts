/** `oftc init`: a project that passes its own tests against the package as npm packs it, and replaces nothing. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { oftc } from '../cli/harness.ts';
import { fresh, install, pack, root, start } from '../package/packed.ts';

const FILES = ['README.md', 'my-adapter.test.ts', 'my-adapter.ts', 'package.json', 'tsconfig.json'];

test('the project passes its tests and builds, with the packed package', async () => {
  const folder = join(fresh(), 'my-adapter');
  const { stdout } = await oftc('init', 'my-adapter', '--dir', folder, '--json');
  expect(JSON.parse(stdout).files.toSorted()).toEqual(FILES.map((f) => join(folder, f)));
  const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  expect(join(folder, dependencies.oftc.replace(/^file:/, ''))).toBe(join(root, '.'));
  install(folder, pack(root, '--ignore-scripts'), 'vitest');
  expect(start(folder, 'npm', 'test')).toMatch(/2 passed/);
  start(folder, process.execPath, 'node_modules/oftc/dist/src/cli/main.js', ...BUILD);
  expect(readdirSync(join(folder, 'dist'))).toEqual(['myAdapter.d.ts', 'myAdapter.js']);
});

const BUILD = ['build', 'my-adapter.ts', '--dims', 'in=8,out=6,b=4', '-o', 'dist'];

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
