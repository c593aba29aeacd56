/**
 * `npm run test:without`, which tests a copy without one recipe, on a small project whose steps print what they find.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, expect, it } from 'vitest';

const SCRIPT = 'scripts/without-recipe.mjs';
const REGISTRY = 'kernels-gen/schedule/registry.ts';
const SHOW = `
  const { readFileSync, readdirSync } = require('node:fs');
  console.log(process.argv.at(-1), readdirSync('.').join(), readdirSync('kernels-gen/schedule').join());
  console.log(readFileSync('${REGISTRY}', 'utf8'));
`;

let project: string;
const put = (path: string, text: string): void => {
  mkdirSync(dirname(join(project, path)), { recursive: true });
  writeFileSync(join(project, path), text);
};
const without = (...argv: string[]) =>
  spawnSync(process.execPath, [SCRIPT, ...argv], {
    cwd: project,
    encoding: 'utf8',
    env: { ...process.env, TMPDIR: project, TEMP: project },
  });
const copies = () => readdirSync(project).filter((f) => f.startsWith('oftc-without-'));

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'oftc-recipes-'));
  cpSync(fileURLToPath(new URL(`../../${SCRIPT}`, import.meta.url)), join(project, SCRIPT), {
    recursive: true,
  });
  const scripts = { check: 'node show.cjs check', build: 'node show.cjs build' };
  put('package.json', JSON.stringify({ private: true, scripts }));
  put('show.cjs', SHOW);
  put('node_modules/vitest/vitest.mjs', 'console.log("vitest: " + process.argv.slice(2)); process.exit(3);');
  put('untracked', '');
  put('.gitignore', 'node_modules\nuntracked\n');
  for (const name of ['one', 'two'])
    put(`kernels-gen/schedule/${name}/index.ts`, `export const ${name} = 1;`);
  put(
    REGISTRY,
    "// Recipes.\nexport { one } from './one/index.ts';\nexport { two } from './two/index.ts';\n",
  );
  execFileSync('git', ['init', '--quiet'], { cwd: project });
  execFileSync('git', ['add', '.'], { cwd: project });
  return () => rmSync(project, { recursive: true });
});

it('runs each step in a copy without the folder and its line, and ends with the status of the one that failed', () => {
  const { stdout, stderr, status } = without('one', 'test/golden', '-t', 'a name');
  expect(status).toBe(3);
  const rest = "// Recipes.\nexport { two } from './two/index.ts';\n";
  for (const step of ['check', 'build'])
    expect(stdout).toContain(
      `${step} .gitignore,kernels-gen,node_modules,package.json,scripts,show.cjs registry.ts,two\n${rest}`,
    );
  expect(stdout).toContain('vitest: run,test/golden,-t,a name');
  expect(stderr).toMatch(/without one, this step failed: node .*vitest\.mjs run test\/golden/);
  expect(copies()).toEqual([]);
  expect(existsSync(join(project, 'node_modules/vitest/vitest.mjs'))).toBe(true);
});

it('stops at the first that fails, and keeps the copy where asked to', () => {
  put('package.json', JSON.stringify({ scripts: { check: 'node -e "process.exit(4)"' } }));
  const { stdout, stderr, status } = without('two', '--keep');
  expect(status).toBe(4);
  expect(stderr).toContain('without two, this step failed: npm run --silent check');
  expect(stdout).not.toContain('vitest');
  expect(copies().map((f) => join(project, f))).toEqual([/kept: (.*)/.exec(stdout)![1]]);
});

it('refuses a recipe that there is not, and a registry without its one line', () => {
  for (const argv of [['three'], []])
    expect(without(...argv)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('there is one, two'),
    });
  put(REGISTRY, '');
  expect(without('one')).toMatchObject({
    status: 2,
    stderr: `${REGISTRY} has 0 lines of 'one', which should be one\n`,
  });
  expect(copies()).toEqual([]);
});
