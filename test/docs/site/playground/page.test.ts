/**
 * The playground in Chromium: from an edit to problems, derivation, candidates, kernels, PyTorch and a run. A link restores
 * all of it and compiles nothing before it is asked to. axe finds nothing serious in either theme.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeState } from '../../../../docs/site/playground/state.ts';
import type { Kind } from '../../../../src/web/protocol.ts';
import { startChromium } from '../../../support/chromium.ts';
import { builtApp, policyOf, type Served, serve } from '../built.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let browser: Browser | undefined;
let served: Served | undefined;

/** Keeps the kinds of all requests to workers, and what the policy refused. */
const KEEP = `
  globalThis.asked = [];
  globalThis.refused = [];
  const { postMessage } = Worker.prototype;
  Worker.prototype.postMessage = function (message, ...rest) {
    globalThis.asked.push(message.kind);
    return postMessage.call(this, message, ...rest);
  };
  addEventListener('securitypolicyviolation', (e) => globalThis.refused.push(e.violatedDirective + ' ' + e.blockedURI));`;

const asked = (page: Page): Promise<Kind[]> => page.evaluate('globalThis.asked');

/** The errors that pages threw. */
const thrown: string[] = [];

async function open(hash = '', options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
  const context: BrowserContext = await browser!.newContext({
    viewport: { width: 1280, height: 800 },
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(0);
  page.on('pageerror', (e) => thrown.push(e.message));
  await page.addInitScript(KEEP);
  await page.goto(`${served!.url}${hash}`);
  return page;
}

const show = (page: Page, tab: string) => page.click(`[data-tab=${tab}]`);
const text = (page: Page, selector: string) => page.locator(selector).first().textContent();

/** Puts the caret at the end of the first line with a text. */
async function caretAfter(page: Page, line: string): Promise<void> {
  await page.locator('.source-editor .cm-line', { hasText: line }).first().click();
  await page.keyboard.press('End');
}

/** The address once it holds a state that compares versions and has a text in its source; it is written after each edit. */
async function addressWith(page: Page, text: string): Promise<string> {
  for (;;) {
    const link = page.url();
    const { hash } = new URL(link);
    const state = hash === '' ? undefined : await decodeState(hash);
    if (state?.compare && state.version.files[state.version.file]!.includes(text)) return link;
    await page.waitForURL((url) => url.href !== link);
  }
}

async function seriousIn(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const found = (await page.evaluate('axe.run()')) as {
    violations: { id: string; impact: string; nodes: { target: string[] }[] }[];
  };
  return found.violations
    .filter((v) => ['serious', 'critical'].includes(v.impact))
    .map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`);
}

describe('the playground', () => {
  beforeAll(async () => {
    served = await serve({ '': builtApp('playground') });
  });
  afterAll(async () => {
    await browser?.close();
    served?.close();
  });

  test('is built with its policy', async () => {
    const built = await (await fetch(served!.url)).text();
    expect(policyOf(built)).toContain("script-src 'self';");
  });

  test('leads from an edit to a run, and a link brings it back', async ({ skip }) => {
    browser = await startChromium(skip, 'the playground');
    const page = await open();
    await page.waitForSelector('.law');
    expect(await text(page, '.formula-card:nth-child(2)')).toContain('y = (x·R)·Wᵀ');

    // The caret marks the laws that rewrote the text, and a law marks its text.
    await caretAfter(page, 'x.matmul(R.matmul(W.T))');
    await page.keyboard.press('ArrowLeft');
    await page.waitForSelector('.law.at-caret');
    await page.locator('.law', { hasText: 'matmul-flatten' }).first().hover();
    await page.waitForSelector('.cm-source-step:has-text("x.matmul(R.matmul(W.T))")');

    await show(page, 'candidates');
    await page.waitForSelector('.plot canvas');
    expect(await text(page, 'tr.chosen')).toContain('every token count');

    await show(page, 'kernels');
    await page.waitForSelector('.kernel-option');
    expect(await text(page, '.kernel-code .cm-content')).toContain('@group(0) @binding(0)');
    await page.locator('.kernel-option').first().focus();
    await page.keyboard.press('ArrowDown');
    expect(await page.locator('.kernel-option').nth(1).getAttribute('aria-selected')).toBe('true');

    await show(page, 'torch');
    await page.waitForSelector('.torch .cm-line:has-text("import torch")');

    // The present version is kept. An error shows its code, and the result of the last version stays.
    await page.click('text=Keep this version');
    await caretAfter(page, 'const R');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.type('.');
    await page.waitForSelector('.cm-tooltip-autocomplete li:has-text("matmul")');
    await page.keyboard.press('Escape');
    await page.keyboard.type('T.undefinedName');
    await page.waitForSelector('.problem-line .problem-code:has-text("TS2339")');
    await page.waitForSelector('.source-editor .cm-lintRange-error');
    for (let i = 0; i < '.T.undefinedName'.length; i++) await page.keyboard.press('Backspace');
    await page.waitForSelector('.problem-line', { state: 'detached' });

    // Another number of terms changes the derivation, which the comparison shows.
    await caretAfter(page, 'const R');
    for (let i = 0; i < 5; i++) await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Backspace');
    await page.keyboard.type('2');
    await show(page, 'derivation');
    await page.check('#compare');
    await page.waitForSelector('.comparison .cm-merge-b .cm-changedLine');
    const link = await addressWith(page, '{ terms: 2 }');
    await page.uncheck('#compare');

    await page.fill('input[name=in]', '8');
    await page.fill('input[name=out]', '6');
    await page.fill('input[name=b]', '4');
    await page.locator('.choices').getByLabel('tokens').fill('7');
    await show(page, 'run');
    expect(await asked(page)).not.toContain('run');
    await page.waitForSelector('.run button.primary:not(:disabled)');
    await page.click('.run button.primary');
    await page.waitForSelector('.figures');
    const names = await page.locator('.figures tbody th').allTextContents();
    expect(names).toEqual([
      'Time',
      'Memory',
      'Temporaries',
      'Launches',
      'Difference of y',
      'Difference of grad.x',
      'Difference of grad.v',
    ]);
    const differences = page.locator('.figures tr', { hasText: 'Difference' }).locator('td');
    for (const cell of await differences.allTextContents()) expect(Number(cell)).toBeLessThan(1e-5);
    expect(await page.evaluate('globalThis.refused')).toEqual([]);

    // Whoever opens the link sees the source, and nothing is compiled before the click.
    const other = await open(new URL(link).hash);
    await other.waitForSelector('text=Nothing of it has been compiled');
    expect(await text(other, '.source-editor .cm-content')).toContain('{ terms: 2 }');
    await other.locator('#examples option').nth(40).waitFor({ state: 'attached' });
    expect(new Set(await asked(other))).toEqual(new Set(['hello', 'library']));
    await other.click('text=Compile this');
    await other.waitForSelector('.comparison .cm-merge-b .cm-changedLine');
    expect(await asked(other)).not.toContain('run');
  });

  test('opens a method of the library, and refuses a damaged link', async ({ skip }) => {
    if (!browser) return skip('no Chromium');
    const page = await open('#method=hra');
    await page.waitForSelector('.law');
    expect(await text(page, '.formula-card')).toContain('householder(u)');
    await page.evaluate("location.hash = '#v1/damaged'");
    await page.waitForSelector('.banner :has-text("This link is damaged")');
    await page.evaluate("location.hash = '#method=nothing'");
    await page.waitForSelector('.banner :has-text("no method \'nothing\'")');
  });

  test.each(['light', 'dark'] as const)(
    'has nothing serious for axe, %s, and the keyboard reaches all',
    async (colorScheme) => {
      if (!browser) return;
      const page = await open('', { colorScheme });
      await page.waitForSelector('.law');
      for (const tab of ['derivation', 'candidates', 'kernels', 'torch', 'run', 'problems']) {
        await page.focus('[role=tab][aria-selected=true]');
        if (tab !== 'derivation') await page.keyboard.press('ArrowRight');
        expect(await page.getAttribute(':focus', 'data-tab')).toBe(tab);
        await page.waitForSelector('.panel[aria-busy=false]');
        expect(await seriousIn(page)).toEqual([]);
      }
      await page.click('.source-editor .cm-content');
      await page.keyboard.press('Escape');
      await page.keyboard.press('Tab');
      expect(await page.evaluate("document.activeElement.classList.contains('source-editor')")).toBe(false);
    },
  );

  test('threw nothing', () => {
    expect(thrown).toEqual([]);
  });
});
