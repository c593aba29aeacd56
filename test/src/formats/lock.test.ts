/** Locks: one at a time, whoever asks, and nothing stays of one that is released or whose process is gone. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { lockBeside, locked, lockWithin } from '../../../src/formats/lock.ts';
import { TuningFile } from '../../../src/tune/file.ts';
import type { TuningEntry } from '../../../src/tune/table.ts';

const folder = mkdtempSync(join(tmpdir(), 'oftc-lock-'));
const at = (name: string) => join(folder, name);
const silent = { warn: (line: string) => expect.fail(line) };

it('of many that wait for a lock, one works at a time, and each does', async () => {
  let [inside, done] = [0, 0];
  const work = async () => {
    expect(++inside).toBe(1);
    await sleep(1);
    inside--;
    done++;
  };
  const options = { ...silent, wait: true };
  await Promise.all(Array.from({ length: 8 }, () => locked(lockWithin(at('new/deep')), 'it', options, work)));
  expect(done).toBe(8);
});

it('folders that were made for a lock are removed unless something else is in them', async () => {
  await locked(lockWithin(at('fresh/deep')), 'it', silent, async () => {});
  expect(existsSync(at('fresh'))).toBe(false);
  await locked(lockWithin(at('kept/deep')), 'it', silent, async () => writeFileSync(at('kept/file'), ''));
  expect(readdirSync(at('kept'))).toEqual(['file']);
});

it('a second lock is refused by any name of the folder, and the first goes on', async () => {
  mkdirSync(at('real'));
  symlinkSync(at('real'), at('alias'));
  await locked(lockWithin(at('real')), 'it', silent, async () => {
    await expect(locked(lockWithin(at('alias')), 'it', silent, async () => {})).rejects.toMatchObject({
      code: 'OFT6012',
      message: expect.stringMatching(new RegExp(`^it is being written by process ${process.pid}, since`)),
    });
    expect(existsSync(lockWithin(at('real')))).toBe(true);
  });
  expect(existsSync(lockWithin(at('real')))).toBe(false);
  await locked(lockWithin(at('alias')), 'it', silent, async () => {});
});

it('work that fails releases its lock', async () => {
  const failing = locked(lockBeside(at('failing')), 'it', silent, () => Promise.reject(new Error('so')));
  await expect(failing).rejects.toThrow('so');
  expect(existsSync(lockBeside(at('failing')))).toBe(false);
});

it('a link in place of a lock’s file is refused, and what it leads to stays', async () => {
  writeFileSync(at('thesis'), 'a thesis');
  mkdirSync(at('linked'));
  symlinkSync(at('thesis'), lockWithin(at('linked')));
  const linked = locked(lockWithin(at('linked')), 'it', silent, async () => {});
  await expect(linked).rejects.toMatchObject({ code: 'IoError' });
  expect(readFileSync(at('thesis'), 'utf8')).toBe('a thesis');
});

it('processes that add to one tuning table lose nothing of each other', async () => {
  const path = at('tuning/table.json');
  const files = Array.from({ length: 6 }, () => TuningFile.open(path));
  const entry = (n: number): TuningEntry => ({
    ...{ adapter: 'a', key: `kernel ${n}`, bucket: null, kernel: 'k', outcome: 'default' },
    ...{ schedule: null, default: null, gain: null, times: [], clock: 'wall' },
    ...{ tokens: 1, date: '2026-01-01T00:00:00.000Z', oftc: '0.1.0' },
  });
  await Promise.all(files.map((file, n) => file.add([entry(n)])));
  expect(TuningFile.open(path).table.entries).toHaveLength(6);
});
