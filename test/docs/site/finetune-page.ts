/** The app that finetunes, built and served, and what a visitor does on its page. */
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { build as esbuild } from 'esbuild';
import type { Page } from 'playwright-core';
import { buildApp } from '../../../docs/site/apps.ts';
import { APPS, root, site } from '../../../docs/site/places.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
};

/** Builds the app, and returns a server's listener. `before` is put before every worker's script while it is not empty. */
export async function builtApp(): Promise<{ readonly listener: RequestListener; before: string }> {
  const out = mkdtempSync(join(tmpdir(), 'oftc-site-'));
  await buildApp(join(site, 'finetune'), join(out, APPS.finetune));
  const files = await esbuild({
    entryPoints: [join(root, 'test/src/web/node/files.browser.ts')],
    ...{ bundle: true, format: 'esm', platform: 'browser', write: false },
  });
  const app = {
    before: '',
    listener: ((request, response) => {
      const { pathname } = new URL(request.url!, 'http://localhost');
      if (pathname === '/train/files.js') {
        response.setHeader('content-type', 'text/javascript');
        response.end(files.outputFiles[0]!.text);
        return;
      }
      const file = join(out, pathname.endsWith('/') ? `${pathname}index.html` : pathname);
      if (!existsSync(file)) {
        response.statusCode = 404;
        response.end();
        return;
      }
      response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
      const isWorker = /\/worker-[^/]*\.js$/.test(pathname);
      response.end(isWorker ? `${app.before}\n${readFileSync(file, 'utf8')}` : readFileSync(file));
    }) as RequestListener,
  };
  return app;
}

/** Waits until an element's text matches. */
export const until = (page: Page, id: string, pattern: RegExp): Promise<void> =>
  page.locator(`#${id}`, { hasText: pattern }).waitFor({ state: 'attached' });

/** Fills the form's fields by their ids. */
export async function fill(page: Page, fields: Readonly<Record<string, string | number>>): Promise<void> {
  for (const [id, value] of Object.entries(fields)) await page.fill(`#${id}`, `${value}`);
}

/** Chooses a model's folder and a text of the visitor's own, and waits until both are open. */
export async function choose(page: Page, model: string, text: string): Promise<void> {
  await page.selectOption('#model', 'own');
  await page.setInputFiles('#model-files', model);
  await until(page, 'model-info', /parameters/);
  await page.selectOption('#text', 'own');
  await page.setInputFiles('#text-file', text);
  await until(page, 'text-info', /tokens/);
}

/** The losses of the page's table, by step; NaN where a step has none of a kind. */
export async function lossesOn(page: Page): Promise<{ step: number; loss: number; heldOut: number }[]> {
  const cells = (await page.locator('#losses tbody tr > *').allTextContents()).map(Number.parseFloat);
  return Array.from({ length: cells.length / 3 }, (_, row) => {
    const [step, loss, heldOut] = cells.slice(3 * row);
    return { step: step!, loss: loss!, heldOut: heldOut! };
  });
}
