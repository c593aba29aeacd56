/**
 * `npx tsx bench/web.ts [--rounds n]`: measures the playground in headless Chromium, from a cold local server: the time until
 * one can type, the time of a warm compilation, the tasks that block the page for more than 50 ms, and the bytes that are
 * sent. Writes bench/results/web.json.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { writeWhole } from '../src/formats/write-whole.ts';
import { builtApp, type Served, serve } from '../test/docs/site/built.ts';
import { startChromium } from '../test/support/chromium.ts';
import { load, ownVersions } from './report.ts';
import { interval } from './statistics.ts';

/** The limits of issue 30's acceptance. */
const LIMITS = { readyMs: 3000, warmCompileMs: 300, blockedMs: 50 } as const;

/** Notes when each request to the worker is sent and answered, and the tasks that block the page. */
const PROBE = `
  globalThis.answers = [];
  globalThis.blocked = [];
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) globalThis.blocked.push({ startTime, duration });
  }).observe({ type: 'longtask', buffered: true });
  const Original = Worker;
  globalThis.Worker = class extends Original {
    #sent = new Map();
    constructor(...of) {
      super(...of);
      this.addEventListener('message', ({ data }) => {
        const sent = this.#sent.get(data.id);
        if (sent) globalThis.answers.push({ kind: sent.kind, start: sent.at, ms: performance.now() - sent.at });
      });
    }
    postMessage(message, ...rest) {
      this.#sent.set(message.id, { kind: message.kind, at: performance.now() });
      super.postMessage(message, ...rest);
    }
  };`;

interface Answered {
  readonly kind: string;
  readonly start: number;
  readonly ms: number;
}
interface Blocked {
  readonly startTime: number;
  readonly duration: number;
}

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
const rounds = Number(values.rounds);

/** Opens the page in a context of its own, whose cache is empty. */
async function coldPage(
  browser: Browser,
  { url }: Served,
): Promise<{ page: Page; readyMs: number; derivedMs: number }> {
  const page = await (await browser.newContext()).newPage();
  await page.addInitScript(PROBE);
  const start = performance.now();
  await page.goto(url, { waitUntil: 'commit' });
  await page.locator('.source-editor .cm-content').press('End');
  await page.keyboard.type(' typed');
  await page.waitForSelector('.source-editor .cm-line:has-text("typed")');
  const readyMs = performance.now() - start;
  await page.waitForSelector('.law');
  return { page, readyMs, derivedMs: performance.now() - start };
}

/** Waits until a derivation is answered after some answers. The page's policy forbids Playwright's own way to wait. */
async function answered(page: Page, before: number): Promise<void> {
  const is = `answers.slice(${before}).some((a) => a.kind === 'explain')`;
  while (!(await page.evaluate(is))) await page.waitForTimeout(20);
}

/** Types into the OFT example, again and again, and gives the answers and the blocking tasks of that time. */
async function typing(page: Page): Promise<{ answers: Answered[]; blocked: Blocked[] }> {
  const terms = page.locator('.source-editor .cm-line', { hasText: 'const R' });
  const from = (await page.evaluate('performance.now()')) as number;
  for (let i = 0; i < 10; i++) {
    await terms.click();
    await page.keyboard.press('End');
    await page.keyboard.type(' ');
    const before = (await page.evaluate('answers.length')) as number;
    await answered(page, before);
    await page.waitForSelector('.panel[aria-busy=false]');
  }
  for (const tab of ['candidates', 'kernels', 'torch', 'derivation']) {
    await page.click(`[data-tab=${tab}]`);
    await page.waitForSelector('.panel[aria-busy=false]');
    await page.waitForTimeout(300);
  }
  const answers = (await page.evaluate('answers')) as Answered[];
  const blocked = (await page.evaluate('blocked')) as Blocked[];
  return {
    answers: answers.filter((a) => a.start > from),
    blocked: blocked.filter((b) => b.startTime > from),
  };
}

/** The bytes of all files of the app, as they are and compressed. The page loads each of them. */
function transferred(folder: string) {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = paths
    .filter((p) => p.isFile())
    .map(({ parentPath, name }) => {
      const bytes = readFileSync(join(parentPath, name));
      return { file: name.replace(/-[\w-]{8}(?=\.)/, ''), bytes: bytes.length, gzip: gzipSync(bytes).length };
    });
  const sum = (of: 'bytes' | 'gzip') => files.reduce((total, f) => total + f[of], 0);
  return { bytes: sum('bytes'), gzip: sum('gzip'), files };
}

const median = (of: readonly number[]): number => interval(of).median;

const medianOf = (answers: readonly Answered[], ...kinds: string[]): number =>
  kinds.reduce((sum, kind) => sum + median(answers.filter((a) => a.kind === kind).map((a) => a.ms)), 0);

const folder = builtApp('playground');
const browser = await startChromium((why) => {
  throw new Error(why);
}, 'the playground');
try {
  const ready: number[] = [];
  const derived: number[] = [];
  const typed: Awaited<ReturnType<typeof typing>>[] = [];
  for (let round = 0; round < rounds; round++) {
    const served = await serve({ '': folder });
    const { page, readyMs, derivedMs } = await coldPage(browser, served);
    ready.push(readyMs);
    derived.push(derivedMs);
    typed.push(await typing(page));
    await page.context().close();
    served.close();
  }
  const answers = typed.flatMap((t) => t.answers);
  const blocked = typed.flatMap((t) => t.blocked).filter((b) => b.duration > LIMITS.blockedMs);
  const result = {
    machine: { cpu: cpus()[0]?.model.trim() ?? 'unknown', cores: cpus().length, node: process.version },
    browser: browser.version(),
    versions: ownVersions(),
    rounds,
    load: load(),
    limits: LIMITS,
    playground: {
      readyMs: median(ready),
      firstDerivationMs: median(derived),
      warm: {
        checkMs: medianOf(answers, 'check'),
        explainMs: medianOf(answers, 'explain'),
        compileMs: medianOf(answers, 'check', 'explain'),
      },
      blockedWhileCompiling: {
        tasks: blocked.length,
        longestMs: Math.max(0, ...blocked.map((b) => b.duration)),
      },
      transferred: transferred(folder),
    },
  };
  writeWhole(
    fileURLToPath(new URL('./results/web.json', import.meta.url)),
    `${JSON.stringify(result, null, 2)}\n`,
  );
  console.log(JSON.stringify(result, null, 2));
} finally {
  await browser.close();
}
