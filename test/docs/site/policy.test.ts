/** The content security policies of the site's pages, in Chromium: scripts of the site run, and no other. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { expect, it } from 'vitest';
import { APPS } from '../../../docs/site/places.ts';
import { withPolicy } from '../../../docs/site/policy.ts';
import { serve, startChromium } from '../../support/chromium.ts';
import { withoutPolicy } from './built.ts';

const site = fileURLToPath(new URL('../../../docs/site/', import.meta.url));

/** A page as VitePress makes it: a script stands in it, which its policy allows by a digest. */
const PAGE =
  '<!doctype html><html><head><meta charset="utf-8"><script>window.ran = [\'built in\'];</script></head><body></body></html>';

const PAGES: Readonly<Record<string, string>> = {
  pages: withPolicy(PAGE),
  ...Object.fromEntries(
    Object.keys(APPS).map((app) => [app, readFileSync(`${site}${app}/index.html`, 'utf8')]),
  ),
};

/** Scripts that somebody puts into a page. */
const STRANGE = ['inline', 'attribute', 'eval', 'foreign'];

/** The page's own script and strange ones, as a program of the page. Returns those that ran, and the violations. */
const PROBE = (foreign: string) => `(async () => {
  const ran = (window.ran ??= []);
  const violations = [];
  document.addEventListener('securitypolicyviolation', (e) => violations.push(e.effectiveDirective));
  const add = (fields) => new Promise((done) => {
    const script = Object.assign(document.createElement('script'), fields, { onload: done, onerror: done });
    document.head.append(script);
    if (!fields.src) done();
  });
  await add({ src: 'own.js' });
  await add({ textContent: "ran.push('inline')" });
  const button = document.createElement('button');
  button.setAttribute('onclick', "ran.push('attribute')");
  document.body.append(button);
  button.click();
  try { (0, eval)("ran.push('eval')"); } catch {}
  await add({ src: '${foreign}' });
  for (let turn = 0; turn < 100 && ran.length + violations.length < 5; turn++) await new Promise((r) => setTimeout(r, 5));
  return { ran, violations: violations.sort() };
})()`;

/** Serves the pages and opens each. Returns the scripts that ran in each page, and what its policy refused. */
async function probed(browser: Browser, pages: Readonly<Record<string, string>>) {
  const foreign = await serve((_, response) => {
    response.setHeader('content-type', 'text/javascript').end("ran.push('foreign')");
  });
  const own = await serve(({ url }, response) => {
    const name = url!.slice(1);
    const page = pages[name];
    const type = page === undefined ? 'text/javascript' : 'text/html; charset=utf-8';
    response.setHeader('content-type', type).end(page ?? (name === 'own.js' ? "ran.push('own')" : ''));
  });
  try {
    const found: Record<string, { readonly ran: string[]; readonly violations: string[] }> = {};
    for (const name of Object.keys(pages)) {
      const page = await browser.newPage();
      page.setDefaultTimeout(0);
      await page.goto(own.url + name);
      found[name] = await page.evaluate(PROBE(`${foreign.url}foreign.js`));
      await page.close();
    }
    return found;
  } finally {
    own.close();
    foreign.close();
  }
}

const builtIn = (name: string): string[] => (name === 'pages' ? ['built in'] : []);

it('a page runs scripts of its site alone, and without its policy it would run every one', async ({
  skip,
}) => {
  const browser = await startChromium(skip, 'the policies of the pages');
  try {
    for (const [name, { ran, violations }] of Object.entries(await probed(browser, PAGES))) {
      expect(ran, name).toEqual([...builtIn(name), 'own']);
      expect(violations, name).toEqual([
        ...['script-src', 'script-src-attr', 'script-src-elem', 'script-src-elem'],
      ]);
    }
    const open = Object.fromEntries(
      Object.entries(PAGES).map(([name, html]) => [name, withoutPolicy(html)] as const),
    );
    for (const [name, { ran, violations }] of Object.entries(await probed(browser, open))) {
      expect(ran, name).toEqual([...builtIn(name), 'own', ...STRANGE]);
      expect(violations, name).toEqual([]);
    }
  } finally {
    await browser.close();
  }
});
