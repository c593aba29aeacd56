/** `oftc init` replaces no file and refuses bad names. test/package runs the project that it makes. */
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { watchOperations } from '../../faults/operations.mjs';
import { fresh, root, start } from '../../package/packed.ts';
import { oftc } from '../cli/harness.ts';

const FILES = [
  'README.md',
  'my-adapter.test.ts',
  'my-adapter.ts',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
];

test('says which files it makes, and depends on the package that it is run from', async () => {
  const folder = join(fresh(), 'my-adapter');
  const { stdout } = await oftc('init', 'my-adapter', '--dir', folder, '--json');
  expect(JSON.parse(stdout).files.toSorted()).toEqual(FILES.map((f) => join(folder, f)));
  const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  expect(join(folder, dependencies.oftc.replace(/^file:/, ''))).toBe(join(root, '.'));
});

test('inside a clone, a project runs its own tests', async () => {
  const clone = fresh();
  copyFileSync(join(root, 'vitest.config.ts'), join(clone, 'vitest.config.ts'));
  symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'), 'junction');
  const folder = join(clone, 'my-adapter');
  expect(await oftc('init', 'my-adapter', '--dir', folder)).toMatchObject({ exit: 0 });
  // The links that `npm install` makes for dependencies on the clone and on the registry.
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/oftc'), 'junction');
  for (const name of ['vitest', 'typescript'])
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), 'junction');
  expect(start(folder, 'npm', 'test')).toMatch(/2 passed/);
});

test.each(['tsconfig.json', 'model.safetensors'])('writes nothing into a folder with %s', async (file) => {
  const folder = fresh();
  writeFileSync(join(folder, file), '{}');
  expect(await oftc('init', 'my-adapter', '--dir', folder)).toMatchObject({
    exit: 2,
    stdout: '',
    stderr: expect.stringContaining(
      `'${folder}' is not empty (it has ${file}): name a new or empty folder with --dir, as in --dir ${join(folder, 'my-adapter')}`,
    ),
  });
  expect(readdirSync(folder)).toEqual([file]);
  expect(await oftc('init', 'my-adapter', '--dir', join(folder, 'my-adapter'))).toMatchObject({ exit: 0 });
});

test('finishes what a killed init began, and replaces no file of others', async () => {
  const folder = fresh();
  const init = () => oftc('init', 'my-adapter', '--dir', folder);
  expect(await init()).toMatchObject({ exit: 0 });
  for (const name of ['README.md', 'package.json']) rmSync(join(folder, name));
  writeFileSync(join(folder, '.README.md-new-6f1c2b1e-54a5-4c61-9d2c-0b6a2e6f1a11.tmp'), '# my-');
  expect(await init()).toMatchObject({ exit: 0 });
  expect(readdirSync(folder).sort()).toEqual(FILES);

  rmSync(join(folder, 'README.md'));
  writeFileSync(join(folder, 'package.json'), 'a thesis');
  expect(await init()).toMatchObject({ exit: 2, stderr: expect.stringContaining('it has package.json)') });
  expect(readFileSync(join(folder, 'package.json'), 'utf8')).toBe('a thesis');
});

test('keeps a file that appears while it writes', async () => {
  const folder = fresh();
  const back = await watchOperations((name, _, path) => {
    if (name === 'linkSync' && path === join(folder, 'package.json')) writeFileSync(path, 'a thesis');
  });
  try {
    expect(await oftc('init', 'my-adapter', '--dir', folder)).toMatchObject({ exit: 2 });
  } finally {
    back();
  }
  expect(readdirSync(folder)).toEqual(['package.json']);
  expect(readFileSync(join(folder, 'package.json'), 'utf8')).toBe('a thesis');
});

test('starts a project in a new repository', async () => {
  const folder = fresh();
  mkdirSync(join(folder, '.git'));
  expect(await oftc('init', 'my-adapter', '--dir', folder)).toMatchObject({ exit: 0 });
});

test('a path in place of the name: the message gives the command that makes that folder', async () => {
  const folder = join(fresh(), 'ad');
  const command = `init ad --dir ${folder}`;
  const refused = await oftc('init', folder);
  expect(refused).toMatchObject({
    exit: 2,
    stderr: expect.stringContaining(
      `'${folder}' is a path: init takes a name, and a folder by --dir, as in oftc ${command}`,
    ),
  });
  expect(await oftc(...command.split(' '))).toMatchObject({ exit: 0 });
});

test.each(['', 'Mine', '../up', 'a b', '1st', 'new', 'skew', 'block-diag'])(
  'refuses the name %j',
  async (name) => {
    const folder = join(fresh(), 'never');
    expect(await oftc('init', name, '--dir', folder)).toMatchObject({ exit: 2, stdout: '' });
    expect(readdirSync(join(folder, '..'))).toEqual([]);
  },
);
