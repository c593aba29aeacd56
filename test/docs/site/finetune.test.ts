/** The page that finetunes, in Chromium: a run has Node's losses, through a reload; what is refused is said, and nothing is lost. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FrontEnd } from '../../../compiler/frontend/index.ts';
import { storeProgram } from '../../../compiler/ir/stored.ts';
import { encodeLayer } from '../../../docs/site/finetune/layer-hash.ts';
import { root } from '../../../docs/site/places.ts';
import type { Metric } from '../../../src/finetune/loop/metrics.ts';
import { oftc } from '../../src/cli/harness.ts';
import { at, finetune, MODEL, TEXT } from '../../src/finetune/tiny.ts';
import { type Served, serve, startChromium } from '../../support/chromium.ts';
import { policyOf } from './built.ts';
import { builtApp, choose, fill, lossesOn, until } from './finetune-page.ts';

const [STEPS, LENGTH, BATCH] = [20, 7, 2];
/** The sequences of the text, and those of its last chunk, which is held out. */
const [SEQUENCES, HELD_OUT] = [40, 10];
const WIDTH = LENGTH + 1;
/** Chunks of the text, of which the last is held out: its text can be given to `eval`. */
const CHUNKS = SEQUENCES / HELD_OUT;
const WHOLE = TEXT.slice(0, SEQUENCES * WIDTH);

const DATA = at('in-a-tab.txt');
const TAIL = at('held-out.txt');
writeFileSync(DATA, WHOLE);
writeFileSync(TAIL, WHOLE.slice((SEQUENCES - HELD_OUT) * WIDTH));

/** Losses of float32 on two drivers. */
const CLOSE = 1e-4;

const FIELDS = {
  ...{ set: 'b=4', steps: STEPS, length: LENGTH, batch: BATCH, seed: 3, lr: 0.01 },
  ...{ 'hold-out': CHUNKS, 'eval-every': 10, 'save-every': 4, prompt: '' },
};

let app: Awaited<ReturnType<typeof builtApp>>;
let served: Served;
let browser: Browser | undefined;
let context: BrowserContext;
let page: Page;
const errors: string[] = [];

async function opened(hash = ''): Promise<Page> {
  const one = await context.newPage();
  one.setDefaultTimeout(0);
  one.on('pageerror', (error) => errors.push(error.message));
  one.on('dialog', (dialog) => void dialog.accept());
  await one.goto(`${served.url}train/${hash}`);
  return one;
}

beforeAll(async () => {
  browser = await startChromium((() => undefined) as never, 'the page that finetunes');
  if (!browser) return;
  app = await builtApp();
  served = await serve(app.listener);
  context = await browser.newContext({ acceptDownloads: true });
  page = await opened();
});

afterAll(async () => {
  await browser?.close();
  served?.close();
});

/** Deletes the only stored run. */
async function remove(on: Page): Promise<void> {
  await on.getByRole('button', { name: /^Delete/ }).click();
  await until(on, 'storage', /None yet/);
}

/** Goes on with the stored run, whose folder is chosen again. */
async function resume(on: Page): Promise<void> {
  await on.getByRole('button', { name: /^Resume/ }).click();
  await until(on, 'model-info', /Choose the folder/);
  await on.setInputFiles('#model-files', MODEL);
}

const node = async (run: string): Promise<readonly Metric[]> => {
  const { exit, stderr } = await finetune(
    ...[run, '--device', 'gpu', '--data', DATA, '--steps', `${STEPS}`, '--length', `${LENGTH}`],
    ...['--batch', `${BATCH}`, '--seed', '3', '--lr', '0.01', '--hold-out', `1/${CHUNKS}`],
    ...['--targets', 'q_proj,v_proj', '--eval-every', '10'],
  );
  expect({ exit, stderr }).toMatchObject({ exit: 0 });
  return readFileSync(at(`${run}/metrics.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
};

describe('a run in a tab', () => {
  test('is on a page that is built with its policy', async ({ skip }) => {
    if (!browser) return skip();
    const built = await (await fetch(`${served.url}train/`)).text();
    expect(policyOf(built)).toContain("script-src 'self';");
  });

  test('has Node’s losses, through a reload, and its adapter is read by eval', async ({ skip }) => {
    if (!browser) return skip('no Chromium');
    const expected = await node('of-node');
    app.before = HELD;
    await page.reload();
    await choose(page, MODEL, DATA);
    await fill(page, FIELDS);
    await page.click('#start');
    await until(page, 'saved', /^step 8$/);
    app.before = '';
    await page.reload();
    await until(page, 'stored', /step 8 of 20/);
    await resume(page);
    await page.waitForSelector('#download:not([hidden])');
    const losses = await lossesOn(page);
    const steps = expected.flatMap((m) => ('loss' in m ? [m] : []));
    expect(losses.filter(({ loss }) => !Number.isNaN(loss)).map(({ step }) => step)).toEqual(
      steps.map(({ step }) => step),
    );
    for (const { step, loss } of steps)
      expect(Math.abs(losses.find((l) => l.step === step)!.loss - loss), `step ${step}`).toBeLessThan(CLOSE);
    const last = losses.at(-1)!.heldOut;
    const evaluated = expected.flatMap((m) => ('heldOut' in m ? [m.heldOut] : [])).at(-1)!;
    expect(Math.abs(last - evaluated)).toBeLessThan(CLOSE);

    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#download')]);
    const files = unzipSync(readFileSync(await download.path()));
    expect(Object.keys(files).sort()).toEqual(['adapter_config.json', 'adapter_model.safetensors']);
    const folder = at('downloaded');
    mkdirSync(folder);
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
    const read = await oftc(
      ...['eval', '--model', MODEL, '--adapter', folder, '--data', TAIL, '--device', 'cpu', '--json'],
      ...['--length', `${LENGTH}`, '--batch', `${BATCH}`, '--no-angles'],
    );
    expect(read).toMatchObject({ exit: 0 });
    expect(Math.abs(JSON.parse(read.stdout).loss - last)).toBeLessThan(CLOSE);
    await remove(page);
    expect(errors).toEqual([]);
  });

  test('says what is no model, and what a browser without a GPU lacks', async ({ skip }) => {
    if (!browser) return skip('no Chromium');
    const nothing = at('no-model');
    mkdirSync(nothing);
    writeFileSync(join(nothing, 'notes.txt'), 'a');
    await page.selectOption('#model', 'own');
    await page.setInputFiles('#model-files', nothing);
    await until(page, 'problem', /the folder is no model's: it has no-model\/notes\.txt/);

    app.before = "Object.defineProperty(WorkerNavigator.prototype, 'gpu', { value: undefined });";
    const other = await opened();
    await until(other, 'device', /No training here: WebGPU is not available/);
    expect(await other.locator('#start').isDisabled()).toBe(true);
    await other.close();
  });

  test('has files as Node has them, in the browser’s own storage', async ({ skip }) => {
    if (!browser) return skip('no Chromium');
    const [worker] = await Promise.all([
      page.waitForEvent('worker'),
      page.evaluate("void new Worker('files.js', { type: 'module' })"),
    ]);
    const loaded = `new Promise((done) => {
      const look = () => (typeof globalThis.exercise === 'function' ? done() : setTimeout(look, 20));
      look();
    })`;
    await worker.evaluate(loaded);
    expect(await worker.evaluate('globalThis.exercise()')).toEqual({
      part: [4, 'two\n'],
      ...{ again: 'EEXIST', missing: 'ENOENT', folder: 'EISDIR', onFile: 'ENOTDIR', readOnly: 'EROFS' },
      own: ['{}', true],
      twice: 'NoModificationAllowedError',
      after: {
        names: ['a.txt', 'lines', 'moved'],
        ...{ a: 'new', lines: 'one\ntwo\n', weights: 'w', moved: false, size: 8 },
      },
      left: [],
    });
  });

  test('has nothing for axe to find, light and dark', async ({ skip }) => {
    if (!browser) return skip('no Chromium');
    const found: unknown[] = [];
    await page.evaluate(readFileSync(join(root, 'node_modules/axe-core/axe.min.js'), 'utf8'));
    await page.evaluate("for (const e of document.querySelectorAll('[hidden]')) e.hidden = false");
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const { violations } = (await page.evaluate('axe.run()')) as { violations: readonly { id: string }[] };
      found.push(...violations.map(({ id }) => `${colorScheme}: ${id}`));
    }
    expect(found).toEqual([]);
  });

  test('refuses a model that is too large for the device, before a weight is loaded', async ({ skip }) => {
    if (!browser) return skip('no Chromium');
    app.before = ['maxStorageBufferBindingSize', 'maxBufferSize']
      .map((limit) => `Object.defineProperty(GPUSupportedLimits.prototype, '${limit}', { value: 256 });`)
      .join('\n');
    const other = await opened();
    await choose(other, MODEL, DATA);
    await fill(other, FIELDS);
    await other.click('#start');
    await until(
      other,
      'problem',
      /the run takes .*B of device memory, and this device takes tensors of at most 256B: /,
    );
    await other.close();
  });

  test('goes on after messages that are no requests, and starts one of two runs that are asked for at once', async ({
    skip,
  }) => {
    if (!browser) return skip('no Chromium');
    app.before = '';
    const other = await opened();
    await choose(other, MODEL, DATA);
    const said = (await other.workers()[0]!.evaluate(HOSTILE)) as {
      readonly refused: readonly (string | undefined)[];
      readonly started: readonly string[];
      readonly runs: number;
    };
    expect(new Set(said.refused)).toEqual(new Set(['OFT4016']));
    expect(said.started.toSorted()).toEqual([expect.stringMatching(/goes on/), 'started']);
    expect(said.runs).toBe(1);
    await other.close();
    const after = await opened();
    await remove(after);
    await after.close();
    expect(errors).toEqual([]);
  });

  test('trains an author’s layer, and loses nothing with a lost device, a full storage, or a tab that is closed in a checkpoint', async ({
    skip,
  }) => {
    if (!browser) return skip('no Chromium');
    app.before = CAUGHT;
    const first = await opened(await ownLayer());
    await choose(first, MODEL, DATA);
    expect(await first.inputValue('#method')).toBe('own');
    expect(await first.inputValue('#set')).toBe('a=2,b=4');
    const { set: _, ...fields } = FIELDS;
    await fill(first, { ...fields, steps: 100_000, 'save-every': 2, 'eval-every': 100_000 });
    await first.click('#start');
    await until(first, 'saved', /step \d/);

    const second = await opened();
    await until(second, 'stored', /open in another tab/);
    await second.close();

    await first.workers()[0]!.evaluate('globalThis.devices.at(-1).destroy()');
    await until(first, 'problem', /The GPU device is lost.*The checkpoint after step \d+ is whole/);
    const lost = await stepOf(first);

    await first.getByRole('button', { name: /^Resume/ }).click();
    await until(first, 'status', /^Training/);
    expect(await stepOf(first)).toBeGreaterThanOrEqual(lost);
    const session = await context.newCDPSession(first);
    const origin = new URL(served.url).origin;
    await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 });
    await until(first, 'problem', /The browser's storage is full.*The checkpoint after step \d+ is whole/);
    await session.send('Storage.overrideQuotaForOrigin', { origin });

    await first.reload();
    await resume(first);
    await until(first, 'status', /^Training/);
    await first.workers()[0]!.evaluate('globalThis.cut = true');
    await until(first, 'status', /^cut$/);
    const cut = await stepOf(first);
    await first.close();

    const third = await opened();
    await until(third, 'stored', new RegExp(`step ${cut} of`));
    await resume(third);
    await until(third, 'status', /^Training/);
    await third.click('#stop');
    await remove(third);
    await third.close();
    expect(errors).toEqual([]);
  });
});

/** The address part with which the playground opens the page: a layer of an author's. */
async function ownLayer(): Promise<string> {
  const { program } = new FrontEnd().lower(join(root, 'examples/my-adapter.ts'), {});
  const layer = { name: program!.name, program: storeProgram(program!), config: {} };
  return (await encodeLayer(layer, { in: 8, a: 2, b: 4 }))!;
}

/** The step of the last checkpoint that the page shows. */
const stepOf = async (on: Page): Promise<number> =>
  Number.parseInt(((await on.locator('#saved').textContent()) ?? '').replace('step ', ''), 10);

/** Stops a worker for good once it has said that the checkpoint of step 8 is whole. */
const HELD = `
const post = postMessage;
globalThis.postMessage = (message) => {
  post(message);
  if (message.report === 'saved' && message.step === 8) for (;;);
};
`;

/** Gives a worker messages of every wrong kind, and asks for two runs at once; tells what it answered. */
const HOSTILE = `(async () => {
  const waiting = new Map();
  const post = postMessage;
  globalThis.postMessage = (message) => {
    const done = waiting.get(message.id);
    if (done === undefined) return post(message);
    waiting.delete(message.id);
    done(message);
  };
  let id = 1e6;
  const asked = (kind, gives) => new Promise((done) => {
    waiting.set(++id, done);
    globalThis.onmessage({ data: { id, kind, gives } });
  });
  for (const data of [null, undefined, 1, 'start', [], {}, { id: 'a', kind: 'runs' }]) globalThis.onmessage({ data });
  const settings = {
    adapter: 'oft', set: { b: '4' }, targets: ['q_proj'], steps: 100000, batch: 2, length: 7, lr: 0.01, seed: 3,
    evalEvery: 100000, saveEvery: 100000, holdOut: 4, inOrder: false, prompt: '', sampleTokens: 1,
  };
  const wrong = [
    ['toString'], ['constructor'], ['__proto__'], [7], ['start'], ['start', {}], ['start', { settings: {}, title: 1 }],
    ...[1e300, -1, 0.5, NaN, '3', null, {}].map((steps) => ['start', { settings: { ...settings, steps }, title: 'x' }]),
    ...['', '..', '../x', 'a/b', 3, null].flatMap((run) => ['remove', 'metrics', 'adapter', 'resume'].map((k) => [k, run])),
    ['sample', { prompt: 'a', tokens: 1e300 }], ['model', { kind: 'own' }], ['text', { name: 't', file: {} }],
  ];
  const refused = [];
  for (const [kind, gives] of wrong) refused.push((await asked(kind, gives)).failure?.code);
  const missing = await asked('metrics', 'no-such-run');
  const both = [0, 1].map((n) => asked('start', { settings, title: 'run ' + n }));
  const started = (await Promise.all(both)).map((a) => ('gets' in a ? 'started' : a.failure.message));
  return { refused, started, missing, runs: (await asked('runs')).gets.length };
})()`;

/** Keeps the devices of a worker where a test can lose them, and stops it in the middle of a write once \`cut\` is true. */
const CAUGHT = `
globalThis.devices = [];
globalThis.cut = false;
const request = GPUAdapter.prototype.requestDevice;
GPUAdapter.prototype.requestDevice = async function (...args) {
  const device = await request.apply(this, args);
  globalThis.devices.push(device);
  return device;
};
const write = FileSystemSyncAccessHandle.prototype.write;
FileSystemSyncAccessHandle.prototype.write = function (bytes, options) {
  if (!globalThis.cut || bytes.byteLength < 1000) return write.call(this, bytes, options);
  write.call(this, bytes.subarray(0, bytes.byteLength / 2), options);
  this.flush();
  postMessage({ report: 'status', text: 'cut' });
  for (;;);
};
`;
