/**
 * examples/app, built by Vite and by esbuild, shows in Chromium the colours that the reference computes, with each adapter.
 * In Vite's server, errors of the layer and of a file that it imports show in the page, and go when they are mended.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { createServer } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import oftc from '../../../src/bundlers/vite.ts';
import { compile } from '../../../src/index.ts';
import { type Served, serve, startChromium } from '../../support/chromium.ts';
import { parseSafetensors } from '../../support/safetensors.ts';
import { appProject, OFT, root } from './harness.ts';

const folder = appProject();
const types = readFileSync(join(folder, 'oftc-env.d.ts'), 'utf8');

let browser: Browser | undefined;
const servers: Served[] = [];

beforeAll(() => {
  if (!existsSync(join(root, 'dist/src/bundlers/vite.js'))) throw new Error('dist is missing: npm run build');
});

afterAll(async () => {
  await browser?.close();
  for (const s of servers) s.close();
});

async function pageAt(url: string): Promise<Page> {
  const page = await browser!.newPage();
  await page.addInitScript(KEEP);
  page.setDefaultTimeout(0);
  await page.goto(url);
  return page;
}

const KINDS: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' };

const serveFolder = (files: string): Promise<Served> =>
  serve((request, response) => {
    const path = join(files, request.url === '/' ? 'index.html' : request.url!);
    if (!existsSync(path)) return response.writeHead(404).end();
    response.setHeader('content-type', KINDS[extname(path)] ?? 'application/octet-stream');
    return response.end(readFileSync(path));
  });

/** Keeps the colours that the app takes from its canvas first, before any layer. */
const KEEP = `
  const { prototype } = CanvasRenderingContext2D;
  const { getImageData } = prototype;
  prototype.getImageData = function (...box) {
    const image = getImageData.apply(this, box);
    globalThis.first ??= [...image.data];
    return image;
  };`;

const withoutAlpha = (data: readonly number[]): number[] => data.filter((_, i) => i % 4 !== 3);

const before = async (page: Page): Promise<number[]> => withoutAlpha(await page.evaluate('first'));

/** The canvas's colours. */
const after = async (page: Page): Promise<number[]> =>
  withoutAlpha(
    await page.evaluate(`{
      const canvas = document.querySelector('canvas');
      [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data];
    }`),
  );

/** The colours that the reference computes with an adapter's file. */
async function expected(x: readonly number[], adapter: string): Promise<number[]> {
  const tensor = (file: string, name: string) =>
    parseSafetensors(readFileSync(join(folder, 'public', `${file}.safetensors`))).array(name) as Float32Array;
  const session = await compile(join(folder, 'oft.ts'), {
    dims: { in: 3, out: 3, b: 3 },
    device: 'cpu',
  });
  session.bind({ W: tensor('base', 'W'), v: tensor(adapter, 'v') });
  const { data } = await (await session.run({ x: Float64Array.from(x, (c) => c / 255) })).read('y');
  await session.dispose();
  return Array.from(data, (c) => Math.min(255, Math.max(0, 255 * c)));
}

/** The most that colours differ by; rounding to whole numbers takes up to a half. */
const difference = (a: readonly number[], b: readonly number[]): number =>
  a.length === b.length ? a.reduce((most, c, i) => Math.max(most, Math.abs(c - b[i]!)), 0) : Infinity;

async function showsBothAdapters(url: string): Promise<void> {
  const page = await pageAt(url);
  await page.waitForSelector('body[data-adapter]');
  const x = await before(page);
  const warm = await after(page);
  const [forWarm, forCool] = [await expected(x, 'warm'), await expected(x, 'cool')];
  expect(difference(warm, forWarm)).toBeLessThan(0.51);
  expect(difference(warm, forCool)).toBeGreaterThan(20);
  await page.selectOption('select', 'cool');
  await page.waitForFunction(`document.body.dataset.adapter === 'cool'`);
  expect(difference(await after(page), forCool)).toBeLessThan(0.51);
  await page.close();
}

test('Vite and esbuild build it from its own configuration, and both adapters are shown', async ({
  skip,
}) => {
  browser = await startChromium(skip, 'examples/app in a browser');
  for (const script of ['build', 'build:esbuild']) {
    const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', script], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect({ status, stderr: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, stderr: '' });
  }
  expect(readFileSync(join(folder, 'oftc-env.d.ts'), 'utf8')).toBe(types);
  for (const out of ['dist', 'out']) {
    const server = await serveFolder(join(folder, out));
    servers.push(server);
    await showsBothAdapters(server.url);
  }
});

const OVERLAY = `document.querySelector('vite-error-overlay').shadowRoot.querySelector('.window').innerText`;

test('the overlay of Vite’s server shows errors at their places, and goes when they are mended', async ({
  skip,
}) => {
  if (!browser) return skip('no Chromium');
  const edit = (file: string, text: string) => writeFileSync(join(folder, file), text);
  const own = OFT.replace('import', "import { terms } from './terms.ts';\nimport").replace(
    'terms: 5',
    'terms',
  );
  edit('terms.ts', 'export const terms = 5;\n');
  edit('oft.ts', own);
  const server = await createServer({
    ...{ root: folder, configFile: false, logLevel: 'silent', plugins: [oftc({ gradients: false })] },
    server: { port: 0, host: '127.0.0.1' },
  });
  try {
    await server.listen();
    const { port } = server.httpServer!.address() as AddressInfo;
    const page = await pageAt(`http://127.0.0.1:${port}/`);
    const shown = async (): Promise<string> => {
      await page.waitForSelector('vite-error-overlay');
      return page.evaluate(OVERLAY);
    };
    await page.waitForSelector('body[data-adapter]');
    edit('terms.ts', 'export const terms: string = 5;\n');
    expect(await shown()).toMatch(/TS2322: .*[\s\S]*terms\.ts:1:14[\s\S]*oft\.ts:8:/);
    edit('terms.ts', 'export const terms = 5;\n');
    await page.waitForSelector('body[data-adapter]');
    edit('oft.ts', own.replace('matmul(W.T)', 'matmul(W)'));
    expect(await shown()).toMatch(/OFT2001: [\s\S]*oft\.ts:9:20[\s\S]*\^{11}/);
    edit('oft.ts', own);
    await page.waitForSelector('body[data-adapter]');
    await page.close();
  } finally {
    await server.close();
  }
});
