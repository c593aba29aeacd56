/**
 * `npx tsx bench/web.ts [--rounds n]`: measures the playground in headless Chromium, from a cold local server: the time until
 * one can type, the time of a warm compilation, the longest tasks of the page while it compiles, and the bytes that are
 * sent. Measures the longest tasks of the page that finetunes, while it trains. Writes bench/results/web.json.
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

/** The limits that the pages keep to on two cores. */
const LIMITS = { readyMs: 3000, warmCompileMs: 300, blockedMs: 50 } as const;

/** Notes when each request to the worker is sent and answered. */
const PROBE = `
  globalThis.answers = [];
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

/** A task of the page's thread. On a busy machine it takes longer than the processor's time that it needs. */
interface Task {
  readonly wallMs: number;
  readonly processorMs: number;
}

/** The fields of a short run with held-out losses, checkpoints and samples. */
const TRAINING = { steps: 12, length: 32, batch: 2, 'eval-every': 4, 'save-every': 4, 'hold-out': 10 };

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

/**
 * Types into the OFT example again and again, then shows each pane. Gives the answers of that time, and the tasks of the
 * page's thread.
 */
async function typing(browser: Browser, page: Page): Promise<{ answers: Answered[]; tasks: Task[] }> {
  const terms = page.locator('.source-editor .cm-line', { hasText: 'const R' });
  const from = (await page.evaluate('performance.now()')) as number;
  await browser.startTracing(page, { categories: ['-*', 'toplevel', 'devtools.timeline'] });
  for (let i = 0; i < 10; i++) {
    await terms.click();
    await page.keyboard.press('End');
    const before = (await page.evaluate('answers.length')) as number;
    await page.keyboard.type(' ');
    await answered(page, before);
    await page.waitForSelector('.panel[aria-busy=false]');
  }
  for (const tab of ['candidates', 'kernels', 'torch', 'derivation']) {
    await page.click(`[data-tab=${tab}]`);
    await page.waitForSelector('.panel[aria-busy=false]');
    await page.waitForTimeout(300);
  }
  const tasks = tasksIn(JSON.parse((await browser.stopTracing()).toString()));
  const answers = (await page.evaluate('answers')) as Answered[];
  return { answers: answers.filter((a) => a.start > from), tasks };
}

/** Trains the model of the page that finetunes for some steps. Gives the tasks of the page's thread from Start to the end. */
async function training(browser: Browser, { url }: Served): Promise<Task[]> {
  const page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(0);
  await page.goto(url);
  await page.waitForSelector('#start:enabled');
  for (const [id, value] of Object.entries(TRAINING)) await page.fill(`#${id}`, `${value}`);
  await browser.startTracing(page, { categories: ['-*', 'toplevel', 'devtools.timeline'] });
  await page.click('#start');
  await page.locator('#status', { hasText: /^Done/ }).waitFor();
  const tasks = tasksIn(JSON.parse((await browser.stopTracing()).toString()));
  await page.context().close();
  return tasks;
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly args: { readonly name?: string };
}

/** The tasks of the threads of pages, without tasks in tasks: a task's events are those of the scheduler. */
function tasksIn({ traceEvents }: { readonly traceEvents: readonly TraceEvent[] }): Task[] {
  const thread = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`;
  const pages = new Set(
    traceEvents.filter((e) => e.name === 'thread_name' && e.args.name === 'CrRendererMain').map(thread),
  );
  return traceEvents
    .filter((e) => e.ph === 'X' && e.name.endsWith('RunTask') && pages.has(thread(e)))
    .map(({ dur = 0, tdur = 0 }) => ({ wallMs: dur / 1000, processorMs: tdur / 1000 }));
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

/** How many tasks there were, and the longest. */
function longest(tasks: readonly Task[]) {
  const most = (of: keyof Task) => Math.max(...tasks.map((t) => t[of]));
  const over = (of: keyof Task) => tasks.filter((t) => t[of] > LIMITS.blockedMs).length;
  return {
    count: tasks.length,
    longestProcessorMs: most('processorMs'),
    longestWallMs: most('wallMs'),
    overLimitByProcessor: over('processorMs'),
    overLimitByWall: over('wallMs'),
  };
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
    typed.push(await typing(browser, page));
    await page.context().close();
    served.close();
  }
  const answers = typed.flatMap((t) => t.answers);
  const tasks = typed.flatMap((t) => t.tasks);
  const trainer = builtApp('finetune');
  const served = await serve({ '': trainer });
  const trained = await training(browser, served);
  served.close();
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
      tasksWhileCompiling: longest(tasks),
      transferred: transferred(folder),
    },
    finetune: { tasksWhileTraining: longest(trained), transferred: transferred(trainer) },
  };
  writeWhole(
    fileURLToPath(new URL('./results/web.json', import.meta.url)),
    `${JSON.stringify(result, null, 2)}\n`,
  );
  console.log(JSON.stringify(result, null, 2));
} finally {
  await browser.close();
}
