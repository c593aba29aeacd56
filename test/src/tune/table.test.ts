/** Tuning tables: written and read back, refused where damaged, merged, and never torn when a writer is killed. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cacheFolder } from '../../../src/plans/cache-folder.ts';
import { TuningFile } from '../../../src/tune/file.ts';
import { readTuning } from '../../../src/tune/read.ts';
import {
  EMPTY,
  find,
  merge,
  parseTuning,
  printTuning,
  schedulesOf,
  TuningError,
} from '../../../src/tune/table.ts';
import { childCode } from '../../support/child-code.ts';
import { entry } from './entry.ts';

const folder = mkdtempSync(join(tmpdir(), 'oftc-tuning-'));
const refused = (json: string): string => {
  try {
    parseTuning(json, 'a.json');
  } catch (error) {
    if (error instanceof TuningError) {
      expect(error.file).toBe('a.json');
      return `${error.code}: ${error.message}`;
    }
    throw error;
  }
  throw new Error(`accepted: ${json}`);
};

describe('a table', () => {
  const table = {
    entries: [entry(), entry({ key: 'other', bucket: null, schedule: null, outcome: 'undecided' })],
  };

  it('is read back as what was written', () => {
    expect(parseTuning(printTuning(table)).entries).toEqual(table.entries);
    expect(parseTuning(printTuning(EMPTY)).entries).toEqual([]);
  });

  it('cut short anywhere is refused', () => {
    const whole = printTuning(table);
    for (let at = 0; at < whole.trimEnd().length; at += 7)
      expect(refused(whole.slice(0, at))).toMatch(/^InvalidTuning: 'a.json' is not a tuning table: /);
  });

  const changed = (more: object) =>
    JSON.stringify({ format: 'oftc-tuning', version: 1, entries: [{ ...entry(), ...more }] });
  it.each<[string, string, RegExp]>([
    ['another file', '{"version":1}', /^InvalidTuning: .*format/],
    [
      'a later version',
      '{"format":"oftc-tuning","version":2,"anything":[]}',
      /^TuningVersion: .* version 2, and this oftc has version 1/,
    ],
    [
      'a version that is none',
      '{"format":"oftc-tuning","version":"1","entries":[]}',
      /^InvalidTuning: .*at version/,
    ],
    ['a list', '[]', /^InvalidTuning/],
    [
      'a schedule that there is not',
      changed({ schedule: 'direct 7×7' }),
      /no schedule of this version of oftc at entries\.0\.schedule; delete it/,
    ],
    ['code', changed({ schedule: 'fn main() {}' }), /at entries\.0\.schedule/],
    ['a field too many', changed({ more: 1 }), /at entries\.0\.more/],
    [
      'a time that is none',
      changed({ times: [{ schedule: null, seconds: { ...entry().times[0]!.seconds, low: -1 } }] }),
      /at entries\.0\.times\.0\.seconds\.low/,
    ],
    ['half a token', changed({ bucket: 0.5 }), /at entries\.0\.bucket/],
    ['another outcome', changed({ outcome: 'best' }), /at entries\.0\.outcome/],
    ['a date that is none', changed({ date: 'yesterday' }), /at entries\.0\.date/],
  ])('is refused for %s', (_, json, message) => {
    expect(refused(json)).toMatch(message);
  });

  it('gives each kernel once, by its latest measurement', () => {
    const old = entry({ date: '2026-01-01T00:00:00.000Z', schedule: 'direct 1×4' });
    const other = entry({ adapter: 'another' });
    for (const merged of [
      merge({ entries: [old, other] }, { entries: [entry()] }),
      merge({ entries: [entry()] }, { entries: [other, old] }),
    ]) {
      expect(merged.entries).toHaveLength(2);
      expect(find(merged, entry())!.schedule).toBe('direct 2×4');
      expect(find(merged, other)).toEqual(other);
    }
    expect(find({ entries: [entry()] }, entry({ bucket: 256 }))).toBeUndefined();
  });

  it('gives the schedules of kernels for which one was decided', () => {
    const [faster, undecided] = table.entries;
    expect(
      schedulesOf({ entries: [faster!, undecided!, entry({ outcome: 'default', schedule: 'direct 4×4' })] }),
    ).toEqual([
      {
        adapter: faster!.adapter,
        key: faster!.key,
        bucket: 512,
        choice: { way: 'direct', rows: 2, cols: 4, parts: 1 },
      },
      {
        adapter: faster!.adapter,
        key: faster!.key,
        bucket: 512,
        choice: { way: 'direct', rows: 4, cols: 4, parts: 1 },
      },
    ]);
  });
});

describe('a table’s file', () => {
  it('takes each entry, and what another process has written in between', async () => {
    const path = join(folder, 'new', 'deep', 'a.json');
    const [one, two] = [TuningFile.open(path), TuningFile.open(path)];
    expect(one.table.entries).toEqual([]);
    expect(existsSync(path)).toBe(false);
    await one.add([entry({ key: 'one' })]);
    await two.add([entry({ key: 'two' })]);
    expect(two.table.entries.map((e) => e.key)).toEqual(['one', 'two']);
    expect(readTuning(path).entries).toEqual(two.table.entries);
    expect(readdirSync(join(folder, 'new', 'deep'))).toEqual(['a.json']);
  });

  it('is left as it is where it is damaged', async () => {
    const path = join(folder, 'damaged.json');
    const file = TuningFile.open(path);
    writeFileSync(path, '{"format":"oftc-tun');
    await expect(file.add([entry()])).rejects.toThrow(TuningError);
    expect(() => TuningFile.open(path)).toThrow(`'${path}' is not a tuning table`);
    expect(readFileSync(path, 'utf8')).toBe('{"format":"oftc-tun');
  });

  it('must be there to be read', () => {
    expect(() => readTuning(join(folder, 'none.json'))).toThrow(
      /none\.json' cannot be read: there is none; make one/,
    );
    expect(() => readTuning(folder)).toThrow(/cannot be read: it is no regular file/);
    expect(readTuning(join(folder, 'none.json'), false)).toBe(EMPTY);
  });

  it('is whole whenever its writer is killed', async () => {
    const path = join(folder, 'killed.json');
    const child = await childCode(new URL('./writer.ts', import.meta.url));
    const counts: number[] = [];
    for (const after of [1, 3, 10, 30]) {
      const writer = spawn(process.execPath, [child, path], { stdio: ['ignore', 'pipe', 'inherit'] });
      const exited = new Promise((done) => writer.once('exit', done));
      // The writer is killed at some moment after this many writes.
      let written = 0;
      writer.stdout.on('data', (data: Buffer) => {
        written += data.length;
        if (written >= after) writer.kill('SIGKILL');
      });
      await exited;
      counts.push(readTuning(path).entries.length);
      expect(counts.at(-1)).toBeGreaterThanOrEqual(after);
    }
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
  });
});

it('a table lies in the system’s cache folder', () => {
  expect(cacheFolder('linux', {}, '/home/me')).toBe('/home/me/.cache/oftc');
  expect(cacheFolder('linux', { XDG_CACHE_HOME: '/var/me' }, '/home/me')).toBe('/var/me/oftc');
  expect(cacheFolder('linux', { XDG_CACHE_HOME: 'cache' }, '/home/me')).toBe('/home/me/.cache/oftc');
  expect(cacheFolder('darwin', { XDG_CACHE_HOME: '/var/me' }, '/Users/me')).toBe(
    '/Users/me/Library/Caches/oftc',
  );
  expect(cacheFolder('win32', { LOCALAPPDATA: '/c' }, '/me')).toBe(join('/c', 'oftc', 'Cache'));
});
