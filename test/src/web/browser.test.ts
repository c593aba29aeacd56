/** The worker as a bundler makes it: it holds nothing of Node, and answers in Chromium. */
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { beforeAll, expect, test } from 'vitest';
import { type Bundle, bundleWorker } from '../../../scripts/web/bundle.ts';
import type * as page from '../../../src/web/index.ts';
import { serve, startChromium } from '../../support/chromium.ts';
import { connect, layerFile } from './harness.ts';

const OFT = readFileSync(new URL('../../../examples/oft.ts', import.meta.url), 'utf8');

/**
 * Records imports of Node's own modules. TypeScript's are none: the field `browser` of its package.json turns them off
 * for bundlers.
 */
function recording(found: string[]): Plugin {
  return {
    name: 'node-modules',
    setup(bundler) {
      bundler.onResolve({ filter: /.*/ }, ({ path, importer }) => {
        if (isBuiltin(path) && !importer.includes('/node_modules/typescript/'))
          found.push(`${importer} imports ${path}`);
        return undefined;
      });
    },
  };
}

const found: string[] = [];
let worker: Bundle;

beforeAll(async () => {
  worker = await bundleWorker({ plugins: [recording(found)], minify: false });
});

test('the worker imports no module of Node’s, and nothing that runs files or opens Dawn', () => {
  expect(found).toEqual([]);
  const packages = Object.keys(worker.inputs).map((f) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(f)?.[1]);
  expect(packages).toContain('typescript');
  for (const name of ['jiti', 'webgpu', 'koffi', 'commander']) expect(packages).not.toContain(name);
});

/** The page's side as one script, which puts the exports of oftc/browser on the window. */
async function pageScript() {
  const entry = fileURLToPath(new URL('../../../src/web/index.ts', import.meta.url));
  const { metafile, outputFiles } = await build({
    ...{ entryPoints: [entry], outfile: 'page.js', write: false, metafile: true, bundle: true },
    ...{ format: 'iife', globalName: 'oftc', platform: 'browser' },
  });
  return { text: outputFiles[0]!.text, inputs: Object.keys(metafile.inputs) };
}

test('the page’s side loads no part of the compiler', async () => {
  const { inputs } = await pageScript();
  expect(inputs.map((f) => f.replace(/^.*src\//, 'src/')).sort()).toEqual([
    'src/web/client.ts',
    'src/web/index.ts',
  ]);
});

/** The page of docs/browser.md, bundled. */
async function documentedPage(): Promise<string> {
  const docs = readFileSync(new URL('../../../docs/browser.md', import.meta.url), 'utf8');
  const [, contents] = /^```ts\n\/\/ page\.ts\n(.*?)^```/ms.exec(docs)!;
  const { outputFiles } = await build({
    stdin: { contents: contents!, loader: 'ts', resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    alias: { 'oftc/browser': fileURLToPath(new URL('../../../src/web/index.ts', import.meta.url)) },
    ...{ bundle: true, write: false, format: 'esm', platform: 'browser' },
  });
  return outputFiles[0]!.text;
}

test('in Chromium, answers are those of Node, and a layer runs on the browser’s device', async ({ skip }) => {
  const browser = await startChromium(skip, 'the compiler in a worker');
  const { text: script } = await pageScript();
  const answers: Readonly<Record<string, readonly [type: string, text: string]>> = {
    '/': ['html', `<!doctype html><script>${script}</script>`],
    '/docs': ['html', '<!doctype html><body><script type="module" src="docs.js"></script>'],
    '/docs.js': ['javascript', await documentedPage()],
    '/oftc-worker.js': ['javascript', worker.text],
  };
  const served = await serve((request, response) => {
    const [type, text] = answers[request.url ?? '/'] ?? ['plain', ''];
    response.setHeader('content-type', `text/${type}; charset=utf-8`);
    response.end(text);
  });
  const input = { ...layerFile(OFT, { dims: { in: 16, out: 12, b: 4 } }), tokens: 6, runs: 1 };
  try {
    const tab = await browser.newPage();
    tab.setDefaultTimeout(0);
    await tab.goto(served.url);
    const came = await tab.evaluate(async (given) => {
      const { oftc } = globalThis as unknown as { oftc: typeof page };
      const compiler = new oftc.OftcCompiler(new Worker('/oftc-worker.js', { type: 'module' }));
      return [
        await compiler.hello(),
        await compiler.check(given),
        await compiler.explain(given),
        await compiler.kernels(given),
        await compiler.run(given),
      ] as const;
    }, input);
    const [hello, check, explained, kernels, ran] = came;
    const { client } = connect();
    expect(hello.webgpu).toBe(true);
    expect(check).toEqual(await client.check(input));
    expect(explained).toEqual(await client.explain(input));
    expect(kernels).toEqual(await client.kernels(input));
    client.dispose();
    expect(ran).toMatchObject({ available: true, result: { tokens: 6, compared: { reduced: false } } });
    for (const { differences } of [ran.result!.derived, ran.result!.written!])
      for (const { relative } of differences) expect(relative).toBeLessThan(1e-5);
    await tab.goto(`${served.url}docs`);
    await tab.waitForFunction(() => document.body.textContent?.includes('linear → y (tokens, out)'));
  } finally {
    await browser.close();
    served.close();
  }
});
