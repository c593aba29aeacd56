/** A built module runs in Node and in a browser, with results within the reference's error bound. */
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { oft as library } from '../../../src/adapters/oft.ts';
import { serve, startChromium } from '../../support/chromium.ts';
import { oftc } from '../cli/harness.ts';
import { type Call, type Came, callOf, EXERCISE, project, root, violations } from './harness.ts';

const DIMS = { in: 8, out: 6, b: 4 };
const TOKENS = [1, 7];
const CONFIG = { adapters: 2, bias: true };

const folder = project('webgpu');
const program = library.trace(CONFIG);
const calls = TOKENS.map((tokens) => callOf(program, DIMS, tokens));

const wrong = (came: readonly Came[]) =>
  TOKENS.flatMap((tokens, i) => violations(program, DIMS, tokens, calls[i]!, came[i]!));

beforeAll(async () => {
  if (!existsSync(join(root, 'dist/runtime/index.js'))) throw new Error('dist is missing: npm run build');
  const built = await oftc(
    ...['build', join(root, 'src/adapters/oft.ts'), '--set', 'adapters=2,bias=true'],
    ...['--dims', 'in=8,out=6,b=4', '-o', folder],
  );
  expect(built).toMatchObject({ exit: 0, stderr: '' });
  writeFileSync(join(folder, 'exercise.mjs'), EXERCISE);
});

test('a built module runs in Node, with the installed runtime', () => {
  writeFileSync(
    join(folder, 'node.mjs'),
    `import { create } from 'webgpu';
import { requestDevice } from 'oftc/runtime';
import { exercise } from './exercise.mjs';

const gpu = create([]);
const device = await requestDevice(gpu);
console.log(JSON.stringify(await exercise(device, ${JSON.stringify(calls)})));
device.destroy();
`,
  );
  const { status, stdout, stderr } = spawnSync(process.execPath, ['node.mjs'], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect({ status, stderr }).toMatchObject({ status: 0 });
  expect(wrong(JSON.parse(stdout))).toEqual([]);
});

test('a bundled module runs in Chromium', async ({ skip }) => {
  const browser = await startChromium(skip, 'a built module in a browser');
  writeFileSync(
    join(folder, 'page.mjs'),
    `import { requestDevice } from 'oftc/runtime';
import { exercise } from './exercise.mjs';

globalThis.exercise = async (calls) => exercise(await requestDevice(navigator.gpu), calls);
`,
  );
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'page.mjs')],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    write: false,
  });
  const came = await inPage(browser, outputFiles[0]!.text, calls);
  expect(wrong(came)).toEqual([]);
});

/** Runs calls in a page of Chromium, and closes the browser. */
async function inPage(browser: Browser, script: string, calls: readonly Call[]): Promise<Came[]> {
  const server = await serve((_, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(`<!doctype html><script type="module">${script.replaceAll('</', '<\\/')}</script>`);
  });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(0);
    await page.goto(server.url);
    return await page.evaluate(
      (given) => (globalThis as unknown as { exercise(c: readonly Call[]): Promise<Came[]> }).exercise(given),
      calls,
    );
  } finally {
    await browser.close();
    server.close();
  }
}
