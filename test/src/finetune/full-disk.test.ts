/**
 * A full disk, or a folder without write permission, at every write of a run. A stand-in for the file system writes
 * up to a number of bytes and then refuses, as Linux does. The last whole checkpoint stays, no half-written file
 * does, and the run goes on from that checkpoint once there is room.
 */
import nodeFs, { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import fs, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readCheckpoint } from '../../../src/finetune/loop/checkpoint.ts';
import { readMetrics } from '../../../src/finetune/loop/run-folder.ts';
import { type Outcome, oftc } from '../cli/harness.ts';
import { at, finetune, MODEL } from './tiny.ts';

const error = (code: string, what: string, path: string): Error =>
  Object.assign(new Error(`${code}: ${what}, write '${path}'`), { code, syscall: 'write' });

const disk = {
  /** Matches the paths of the files that the limit is for; undefined for no limit. */
  files: undefined as RegExp | undefined,
  /** The bytes that these files may still take, all together. */
  room: 0,
  /** Whether opening these files for writing is refused, in place of a limit of bytes. */
  denied: false,
  /** The paths of all writes, in order. */
  written: [] as string[],
  /** The texts that were written to metrics. */
  metrics: [] as string[],
};

const opened = (path: string): void => {
  if (disk.denied && disk.files?.test(path)) throw error('EACCES', 'permission denied', path);
};

/** Counts a write, and returns the bytes that fit and an error where not all do. */
const take = (path: string, bytes: Uint8Array): { fits: Uint8Array; error: Error | undefined } => {
  disk.written.push(path);
  if (/\.metrics\.jsonl-new-/.test(path)) disk.metrics.push(new TextDecoder().decode(bytes));
  if (disk.denied || !disk.files?.test(path)) return { fits: bytes, error: undefined };
  const fits = bytes.subarray(0, Math.max(0, disk.room));
  disk.room -= bytes.length;
  const full = disk.room < 0 ? error('ENOSPC', 'no space left on device', path) : undefined;
  return { fits, error: full };
};

const bytesOf = (data: string | Uint8Array): Uint8Array =>
  typeof data === 'string'
    ? Buffer.from(data)
    : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

const limited = (handle: FileHandle, path: string): FileHandle => {
  const write = (method: 'writeFile' | 'appendFile') => async (data: string | Uint8Array) => {
    const { fits, error } = take(path, bytesOf(data));
    await handle[method](fits);
    if (error) throw error;
  };
  return new Proxy(handle, {
    get: (target, name) => {
      if (name === 'writeFile' || name === 'appendFile') return write(name);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
};

const real = { open: fs.open, writeFile: fs.writeFile, access: fs.access };
const realFolders = { mkdirSync };
/** The replaced functions of node:fs/promises and node:fs. All modules call them, also those that other test files loaded. */
const standIn = {
  open: async (path: string, flags: string | number) => {
    const writes = typeof flags === 'string' && /[aw+]/.test(flags);
    if (writes) opened(path);
    const handle = await real.open(path, flags);
    return writes ? limited(handle, path) : handle;
  },
  writeFile: async (path: string, data: string | Uint8Array, options?: object) => {
    opened(path);
    const { fits, error } = take(path, bytesOf(data));
    await real.writeFile(path, fits, options);
    if (error) throw error;
  },
  access: async (path: string, mode?: number) => {
    await real.access(path, mode);
    opened(path);
  },
};
const folders = {
  mkdirSync: (path: string, options?: object) => {
    opened(path);
    return realFolders.mkdirSync(path, options);
  },
};
const put = (functions: object, ofFolders: object): void => {
  Object.assign(fs, functions);
  Object.assign(nodeFs, ofFolders);
  syncBuiltinESMExports();
};
beforeAll(() => put(standIn, folders));
afterAll(() => put(real, realFolders));

const mend = (): void => {
  Object.assign(disk, { files: undefined, denied: false });
};
afterEach(mend);

const full = (files: RegExp, room: number): void => {
  Object.assign(disk, { files, room });
};
const denied = (files: RegExp): void => {
  Object.assign(disk, { files, denied: true });
};

const errorOf = ({ stdout }: Outcome): { code: string; message: string } => JSON.parse(stdout).error;
const RUN = ['--steps', '4', '--save-every', '2', '--eval-every', '2', '--targets', 'q_proj'];
const MINE = ['--adapter', 'gsoft', '--set', 'b=2'];
/** The metrics of a run without times, which differ between runs. */
const losses = async (run: string) =>
  (await readMetrics(at(run))).map((m) => ('loss' in m ? [m.step, m.loss, m.norm] : [m.step, m.heldOut]));

const refusedWith = (outcome: Outcome, reason: string, file: RegExp): void => {
  expect(outcome.exit, outcome.stderr + outcome.stdout).toBe(1);
  const { code, message } = errorOf(outcome);
  expect(code).toBe('IoError');
  expect(message).toMatch(file);
  expect(message).toContain(reason);
  expect(message).toMatch(/Check the path, its permissions, and the free memory and disk space\.$/);
  if (process.env.SHOW_MESSAGES) console.log(message);
};

/** The bytes of each kind of file of an undisturbed run. */
let whole: { readonly metrics: number; readonly checkpoint: number; readonly tensors: number };
beforeAll(async () => {
  for (const [run, ...more] of [['whole'], ['mine', ...MINE]] as const) {
    const { exit, stderr } = await finetune(run, ...RUN, ...more);
    expect(exit, stderr).toBe(0);
  }
  const size = (name: string) => readFileSync(at(`whole/${name}`)).length;
  whole = {
    metrics: size('metrics.jsonl'),
    checkpoint: size('checkpoint.safetensors'),
    tensors: size('adapter/adapter_model.safetensors'),
  };
});

it('the stand-in sees every write of a run', () => {
  const of = (pattern: RegExp) => disk.written.filter((path) => pattern.test(path)).length;
  // Two runs each write three held-out losses and four steps, and checkpoints at steps 0, 2 and 4 in two writes or
  // more.
  expect(of(/\.metrics\.jsonl-new-/)).toBe(2 * 7);
  for (const text of disk.metrics) expect(text).toMatch(/^\{.*\}\n$/);
  expect(of(/\.safetensors-new-.*\.tmp$/)).toBeGreaterThanOrEqual(2 * 3 * 2);
  expect(of(/adapter_config\.json$/)).toBe(1);
  expect(of(/adapter\.json$/)).toBe(1);
  expect(of(/\.loss\.svg-new-.*\.tmp$/)).toBe(2);
});

describe('finetune on a full disk', () => {
  const CHECKPOINT = /\/full-[^/]*\/\.checkpoint\.safetensors-new-.*\.tmp$/;
  const ADAPTER = /\.adapter-new-.*\/\.adapter.*\.safetensors-new-.*\.tmp$/;
  // The last column is the step of the checkpoint that is left, or undefined where none was written.
  it.each<[string, () => [RegExp, number], RegExp, number | undefined]>([
    ['at the first metrics', () => [/metrics\.jsonl-new-/, 0], /metrics\.jsonl/, undefined],
    ['within a line of metrics', () => [/metrics\.jsonl-new-/, 0.65 * whole.metrics], /metrics\.jsonl/, 2],
    ['at the last metrics', () => [/metrics\.jsonl-new-/, whole.metrics - 60], /metrics\.jsonl/, 2],
    ['at the first checkpoint', () => [CHECKPOINT, 0], /checkpoint\.safetensors/, undefined],
    [
      'within the second checkpoint',
      () => [CHECKPOINT, 1.2 * whole.checkpoint],
      /checkpoint\.safetensors/,
      0,
    ],
    ['within the last checkpoint', () => [CHECKPOINT, 2 * whole.checkpoint], /checkpoint\.safetensors/, 2],
    ['at the adapter’s tensors', () => [ADAPTER, whole.tensors - 1], /adapter_model\.safetensors/, 4],
    ['at the adapter’s fields', () => [/adapter_config\.json$/, 10], /adapter_config\.json/, 4],
  ])('%s', async (name, where, file, left) => {
    const run = `full-${name.replaceAll(/\W/g, '-')}`;
    const [files, room] = where();
    full(files, Math.floor(room));
    refusedWith(await finetune(run, ...RUN), 'ENOSPC', file);
    const names = readdirSync(at(run));
    expect(names.filter((n) => n.endsWith('.tmp') || n === 'adapter' || n === 'loss.svg')).toEqual([]);
    const checkpoint = at(`${run}/checkpoint.safetensors`);
    expect(existsSync(checkpoint)).toBe(left !== undefined);
    if (left !== undefined) expect((await readCheckpoint(checkpoint)).step).toBe(left);
    const metrics = names.includes('metrics.jsonl') ? readFileSync(at(`${run}/metrics.jsonl`), 'utf8') : '';
    expect(metrics).toMatch(/^$|\n$/);
    mend();
    const { exit, stdout, stderr } = await finetune(run, ...RUN, '--resume');
    expect(exit, stderr).toBe(0);
    expect(JSON.parse(stdout).resumedAt).toBe(left ?? null);
    expect(await losses(run)).toEqual(await losses('whole'));
    const tensors = 'adapter/adapter_model.safetensors';
    expect(readFileSync(at(`${run}/${tensors}`))).toEqual(readFileSync(at(`whole/${tensors}`)));
  });

  it('at the chart, after the adapter is written', async () => {
    full(/\.loss\.svg-new-.*\.tmp$/, 100);
    refusedWith(await finetune('chart', ...RUN), 'ENOSPC', /chart\/loss\.svg: cannot write it/);
    expect(readdirSync(at('chart')).sort()).toEqual([
      'adapter',
      'checkpoint.safetensors',
      'metrics.jsonl',
      'run.json',
    ]);
  });

  it('within an adapter of this project’s format, which leaves the one that was there', async () => {
    const before = readFileSync(at('mine/adapter/adapter.safetensors'));
    for (const files of [ADAPTER, /adapter\.json$/]) {
      full(files, 3);
      refusedWith(await finetune('mine', ...RUN, ...MINE, '--resume'), 'ENOSPC', /mine\/adapter\/adapter\./);
      expect(readdirSync(at('mine/adapter')).sort()).toEqual(['adapter.json', 'adapter.safetensors']);
      expect(readFileSync(at('mine/adapter/adapter.safetensors'))).toEqual(before);
      expect(readdirSync(at('mine')).filter((n) => n.endsWith('.tmp'))).toEqual([]);
    }
  });
});

describe('a merged model', () => {
  const merge = (out: string) =>
    oftc(
      ...['merge', '--model', MODEL, '--adapter', at('whole/adapter'), '--out', at(out)],
      ...['--device', 'cpu', '--json'],
    );

  it.each([
    [
      'weights',
      /merged-new-.*\/\.model\.safetensors-new-.*\.tmp$/,
      500,
      /merged\/model\.safetensors|merged-new/,
    ],
    ['configuration', /merged-new-.*\/config\.json$/, 5, /merged\/config\.json/],
    ['tokenizer', /merged-new-.*\/tokenizer\.json$/, 5, /merged\/tokenizer\.json/],
  ] as const)('is left out where the disk is full at its %s', async (_, files, room, file) => {
    full(files, room);
    refusedWith(await merge('merged'), 'ENOSPC', file);
    expect(readdirSync(at('.')).filter((n) => n.includes('merged'))).toEqual([]);
    const model = readFileSync(`${MODEL}/model.safetensors`);
    expect(model.length).toBeGreaterThan(0);
  });

  it('is written where there is room', async () => {
    const { exit, stderr } = await merge('roomy');
    expect(exit, stderr).toBe(0);
    expect(existsSync(at('roomy/model.safetensors'))).toBe(true);
  });
});

describe('without the permission to write', () => {
  it.each([
    ['a new folder', /\/denied$/, /denied: cannot lock it/, undefined],
    ['metrics', /denied\/\.metrics\.jsonl-new-/, /denied\/metrics\.jsonl/, undefined],
    ['a checkpoint', /denied\/\.checkpoint\.safetensors-/, /denied\/checkpoint\.safetensors/, undefined],
    ['an adapter', /denied\/\.adapter-new-/, /denied\/\.adapter-new|denied\/adapter/, 4],
  ] as const)('%s', async (_, files, file, left) => {
    denied(files);
    refusedWith(await finetune('denied', ...RUN), 'EACCES', file);
    const checkpoint = at('denied/checkpoint.safetensors');
    expect(existsSync(checkpoint)).toBe(left !== undefined);
    mend();
    if (!existsSync(at('denied'))) return;
    const names = readdirSync(at('denied')).filter((n) => n.endsWith('.tmp') || n === 'adapter');
    expect(names).toEqual([]);
    // The folder holds a run that can be resumed; the next case starts anew.
    const { exit, stderr } = await finetune('denied', ...RUN, '--resume');
    expect(exit, stderr).toBe(0);
    rmSync(at('denied'), { recursive: true });
  });

  it.each([['finetune'], ['merge']])('%s is refused before it works', async (command) => {
    denied(new RegExp(`^${at('.').replace(/\/$/, '')}$`));
    const merge = ['merge', '--model', MODEL, '--adapter', at('whole/adapter'), '--out', at('locked/it')];
    const outcome =
      command === 'merge'
        ? await oftc(...merge, '--device', 'cpu', '--json')
        : await finetune('locked/it', ...RUN);
    expect(outcome.exit).toBe(2);
    expect(errorOf(outcome).message).toMatch(
      /--out .*locked\/it: .* cannot be written to: name another place/,
    );
    expect(existsSync(at('locked'))).toBe(false);
  });

  it('a merged model', async () => {
    denied(/\.denied-merged-new-/);
    const outcome = await oftc(
      ...['merge', '--model', MODEL, '--adapter', at('whole/adapter'), '--out', at('denied-merged')],
      ...['--device', 'cpu', '--json'],
    );
    refusedWith(outcome, 'EACCES', /denied-merged/);
    expect(readdirSync(at('.')).filter((n) => n.includes('denied-merged'))).toEqual([]);
  });
});
