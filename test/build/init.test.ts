/** `oftc init`: a project that passes its own tests against the package as npm packs it, and replaces nothing. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { oftc } from '../cli/harness.ts';
import { root } from './harness.ts';

const fresh = () => mkdtempSync(join(tmpdir(), 'oftc-init-'));
const FILES = ['README.md', 'my-adapter.test.ts', 'my-adapter.ts', 'package.json', 'tsconfig.json'];

function start(cwd: string, command: string, ...argv: string[]): string {
  const PATH = `${join(root, 'node_modules/.bin')}${delimiter}${process.env.PATH}`;
  const { status, stdout, stderr } = spawnSync(command, argv, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, PATH },
  });
  if (status !== 0) throw new Error(`${command} ${argv.join(' ')}: exit ${status}\n${stdout}${stderr}`);
  return stdout;
}

/** Extracts the packed package and links what it and the project depend on: what npm would install, offline. */
function install(folder: string): void {
  const packed = fresh();
  start(root, 'npm', 'pack', '--ignore-scripts', '--silent', '--pack-destination', packed);
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, 'oftc'), { recursive: true });
  start(packed, 'tar', '-xzf', readdirSync(packed)[0]!, '--strip-components=1', '-C', join(modules, 'oftc'));
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const name of [...Object.keys(dependencies), 'vitest']) {
    // Of a scoped name, the scope's folder.
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), join(modules, name), 'junction');
  }
}

test('the project passes its tests and builds, with the packed package', async () => {
  const folder = join(fresh(), 'my-adapter');
  const { stdout } = await oftc('init', 'my-adapter', '--dir', folder, '--json');
  expect(JSON.parse(stdout).files.toSorted()).toEqual(FILES.map((f) => join(folder, f)));
  const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  expect(join(folder, dependencies.oftc.replace(/^file:/, ''))).toBe(join(root, '.'));
  install(folder);
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
