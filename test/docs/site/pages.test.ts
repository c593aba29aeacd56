/// <reference lib="dom" />
/** The pages of the site in Chromium: they load cleanly, are searched, and are readable by all, in light and dark, on a phone. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { brokenLinks } from '../../../docs/site/check-links.ts';
import { sidebar } from '../../../docs/site/contents.ts';
import { APPS } from '../../../docs/site/places.ts';
import { builtPages, policyOf, type Served, serve } from './built.ts';
import { KINDS } from './kinds.ts';

const executablePath = [process.env.OFTC_CHROMIUM ?? '', '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  existsSync,
);
if (executablePath === undefined)
  console.warn(
    'NOT RUN: the site in a browser. No Chromium: apt-get install chromium (Debian), or name one in OFTC_CHROMIUM',
  );

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let folder: string;
let site: Served;
let browser: Browser;

beforeAll(async () => {
  folder = builtPages(['oft']);
  site = await serve({ '': folder });
  if (executablePath) browser = await chromium.launch({ executablePath, args: ['--no-sandbox'], timeout: 0 });
});
afterAll(async () => {
  await browser?.close();
  site.close();
});

it('every link leads to a page of the site, and every anchor to a heading', () => {
  expect(brokenLinks(folder, Object.values(APPS))).toEqual([]);
});

it('every page has a policy that allows scripts of this site, and none in a page but those that were built in', () => {
  const pages = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.html'));
  expect(pages.length).toBeGreaterThan(50);
  for (const page of pages) {
    const policy = policyOf(readFileSync(join(folder, page), 'utf8')) ?? '';
    expect(policy, page).toMatch(/^default-src 'none'; script-src 'self'( 'sha256-[\w+/]+=*')*;/);
  }
});

it('every page is in a table of contents, once', () => {
  const pages = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.html') && !['index.html', '404.html'].includes(file))
    .map((file) => `/${file.replace(/(?:index)?\.html$/, '')}`);
  const listed = Object.values(sidebar()).flatMap((entries) =>
    entries.flatMap((entry) => ('items' in entry ? entry.items : [entry]).map(({ link }) => link)),
  );
  // The errors have a table of their own, which the other leads to.
  expect(listed.filter((link) => link !== '/errors/').sort()).toEqual(
    pages.filter((link) => link !== '/errors/').sort(),
  );
});

it('links that lead nowhere are found', () => {
  const small = mkdtempSync(join(tmpdir(), 'links-'));
  mkdirSync(join(small, 'b'));
  writeFileSync(
    join(small, 'index.html'),
    '<a href="b/c.html#d">right</a><a href="b/c.html#e">no heading</a><a href="x.html">no page</a><img src="/b/c.html"><a href="b/">a folder</a><a href="../y.html">outside</a><a href="app/index.html">an app</a><a href="https://example.org/z">another host</a>',
  );
  writeFileSync(
    join(small, 'b/c.html'),
    '<h2 id="d">D</h2><a href="../index.html">right</a><a href="#no">no</a>',
  );
  expect(brokenLinks(small, ['app']).sort()).toEqual(
    [
      'b/c.html: #no',
      ...['../y.html', '/b/c.html', 'b/', 'b/c.html#e', 'x.html'].map((link) => `index.html: ${link}`),
    ].sort(),
  );
});

describe.runIf(executablePath).each([
  ['light', 1280],
  ['dark', 390],
] as const)('in %s at %i pixels', (colorScheme, width) => {
  let context: BrowserContext;
  let page: Page;
  const said: string[] = [];

  beforeAll(async () => {
    context = await browser.newContext({ colorScheme, viewport: { width, height: 844 }, bypassCSP: false });
    page = await context.newPage();
    page.setDefaultTimeout(0);
    page.on('console', (m) => {
      if (['error', 'warning'].includes(m.type())) said.push(m.text());
    });
    page.on('pageerror', (e) => said.push(e.message));
    page.on('requestfailed', (r) => said.push(`${r.url()} failed`));
    page.on('request', (r) => {
      if (!r.url().startsWith(site.url)) said.push(`asks another host: ${r.url()}`);
    });
  });
  afterAll(() => context.close());

  it.each(Object.entries(KINDS))(
    'the page %s is clean, fits, and has no serious fault for axe',
    async (_, path) => {
      said.length = 0;
      await page.goto(site.url + path);
      await page.locator('.VPNavBarSearch button').first().waitFor({ state: 'attached' });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      expect(said).toEqual([]);
      // Evaluated by the debugger, which the page's policy does not bind.
      await page.evaluate(axe);
      const { violations } = await page.evaluate(
        'axe.run(document, { resultTypes: ["violations"] })' as never as () => Promise<{
          violations: { id: string; impact: string; nodes: { html: string }[] }[];
        }>,
      );
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      expect(serious.map(({ id, nodes }) => [id, nodes.map((n) => n.html)])).toEqual([]);
    },
  );
});

describe.runIf(executablePath)('with scripts', () => {
  it('search finds a word of a page, and opens it', async () => {
    const page = await browser.newPage();
    page.setDefaultTimeout(0);
    await page.goto(site.url);
    // Until Vue has taken the page over, it hears no key.
    await page.waitForFunction("document.querySelector('#app').__vue_app__ !== undefined");
    await page.keyboard.press('Control+k');
    await page.fill('#localsearch-input', 'householder');
    const result = page.locator('#localsearch-list a').first();
    await result.waitFor();
    const found = await page
      .locator('#localsearch-list a')
      .evaluateAll((all) => all.map((a) => (a as HTMLAnchorElement).href));
    expect(found.some((href) => href.includes('/operators/rotations.html#householder'))).toBe(true);
    await page.close();
  });

  it('the switch changes the colours, and the choice stays', async () => {
    const page = await browser.newPage({ colorScheme: 'light', viewport: { width: 1280, height: 800 } });
    page.setDefaultTimeout(0);
    await page.goto(`${site.url}start.html`);
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await background();
    await page.locator('.VPSwitchAppearance').first().click();
    await page.locator('html.dark').waitFor({ state: 'attached' });
    await page.reload();
    expect(await background()).not.toBe(light);
    await page.close();
  });
});

describe.runIf(executablePath)('without scripts', () => {
  it('a method’s page has its formula and its derivation', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    page.setDefaultTimeout(0);
    await page.goto(`${site.url}adapters/oft.html`);
    expect(await page.locator('.formula math').count()).toBeGreaterThan(0);
    expect(await page.locator('div.language-text').first().textContent()).toContain('y = (x·R)·Wᵀ');
    await context.close();
  });
});
