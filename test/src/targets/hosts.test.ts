/** A built module runs in Node and in a browser, with results within the reference's error bound. */
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { oft as library } from '../../../src/adapters/oft.ts';
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

/** Options that make Chromium run WebGPU on SwiftShader, its own software adapter: no GPU and no driver is needed. */
const FLAGS = [
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // The watchdog would end the GPU process when a busy machine keeps it waiting.
  '--disable-gpu-watchdog',
];

const BROWSERS = [process.env.OFTC_CHROMIUM ?? '', '/usr/bin/chromium', '/usr/bin/google-chrome'];

test('a bundled module runs in Chromium', async ({ skip }) => {
  const executablePath = BROWSERS.find((path) => existsSync(path));
  if (executablePath === undefined) {
    const why = 'no Chromium: apt-get install chromium (Debian), or name one in OFTC_CHROMIUM';
    console.warn(`NOT RUN: a built module in a browser. ${why}`);
    return skip(why);
  }
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
  const came = await inPage(executablePath, outputFiles[0]!.text, calls);
  expect(wrong(came)).toEqual([]);
});

/** Runs calls in a page of Chromium. The page comes from localhost, because WebGPU needs a secure context. */
async function inPage(executablePath: string, script: string, calls: readonly Call[]): Promise<Came[]> {
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(`<!doctype html><script type="module">${script.replaceAll('</', '<\\/')}</script>`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await chromium.launch({ executablePath, args: FLAGS, timeout: 0 });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(0);
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    return await page.evaluate(
      (given) => (globalThis as unknown as { exercise(c: readonly Call[]): Promise<Came[]> }).exercise(given),
      calls,
    );
  } finally {
    await browser.close();
    server.close();
  }
}
