/** A lock's file: what it holds, who is named by a refusal, and what stays of it after failures and signals. */
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { tryLock } from 'fs-native-extensions';
import { beforeEach, describe, expect, it } from 'vitest';
import { LOCK, lockBeside, locked, lockWithin } from '../../../src/formats/lock.ts';
import { watchOperations } from '../../faults/operations.mjs';
import { endAll, endBy } from './at-end.ts';
import { withMethod } from './effects.ts';
import { newFolder, thrown } from './files.ts';
import { openFilesOf, tellsOpenFiles } from './open-files.ts';
import { withSystem } from './system-locks.ts';

beforeEach(endAll);

/** The byte that is locked. */
const BYTE = 2 ** 30;
const silent = { warn: (line: string) => expect.fail(line) };
const nothing = async () => {};

/** Calls `on` before each operation on the disk below a folder, while work is done. */
async function watching<T>(folder: string, on: (line: string) => void, work: () => Promise<T>): Promise<T> {
  const back = await watchOperations((name, _, path) => {
    if (path.startsWith(folder)) on(`${name} ${path.slice(folder.length + 1)}`);
  });
  try {
    return await work();
  } finally {
    back();
  }
}

/** Does work while another holds the lock of a folder, and has written a text. */
async function whileHeld<T>(text: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = newFolder();
  writeFileSync(lockWithin(folder), text);
  const holder = openSync(lockWithin(folder), 'r+');
  expect(tryLock(holder, BYTE, 1)).toBe(true);
  try {
    return await work(folder);
  } finally {
    closeSync(holder);
  }
}

it('the files of locks have hidden names, which are short enough', () => {
  expect(lockWithin('a/b')).toBe(join('a', 'b', LOCK));
  expect(lockBeside('/a/b')).toBe('/a/.b.oftc.lock');
  expect(lockBeside('/a/b/../c')).toBe('/a/.c.oftc.lock');
});

describe('a lock that is held', () => {
  it('names its holder in the file, and nothing of an earlier one', async () => {
    const folder = newFolder();
    writeFileSync(lockWithin(folder), 'x'.repeat(500));
    const told: boolean[] = [];
    await locked(lockWithin(folder), 'it', silent, async (isHeld) => {
      told.push(isHeld);
      const text = readFileSync(lockWithin(folder), 'utf8');
      const holder = JSON.parse(text);
      expect(holder).toEqual({ pid: process.pid, host: hostname(), since: expect.any(String) });
      expect(new Date(holder.since).toISOString()).toBe(holder.since);
      expect(text).toBe(`${JSON.stringify(holder)}\n`);
      if (tellsOpenFiles) expect(openFilesOf(folder)).toHaveLength(1);
    });
    expect(told).toEqual([true]);
    expect(existsSync(lockWithin(folder))).toBe(false);
    expect(openFilesOf(folder)).toEqual([]);
    expect(endBy('SIGTERM').waits).toEqual([]);
  });

  it.each([false, true])('locks one byte alone (waits: %s)', async (wait) => {
    const folder = newFolder();
    await locked(lockWithin(folder), 'it', { ...silent, wait }, async () => {
      const other = openSync(lockWithin(folder), 'r+');
      expect([-1, 0, 1].map((by) => tryLock(other, BYTE + by, 1))).toEqual([true, false, true]);
      closeSync(other);
    });
  });

  it('leaves nothing where a signal comes, with the folders that were made', async () => {
    const folder = newFolder();
    await locked(lockWithin(join(folder, 'made/deep')), 'it', silent, async () => {
      expect(endBy('SIGTERM')).toEqual({ sent: [[true, 'SIGTERM']], waits: [] });
      expect(existsSync(join(folder, 'made'))).toBe(false);
    });
  });

  it('is left alone after its release: another process may hold it', async () => {
    const folder = newFolder();
    await locked(lockWithin(folder), 'it', silent, nothing);
    writeFileSync(lockWithin(folder), 'another');
    endBy('SIGTERM');
    expect(readFileSync(lockWithin(folder), 'utf8')).toBe('another');
  });

  it('leaves nothing where its text cannot be written', async () => {
    const folder = newFolder();
    const failing = (line: string) => {
      if (line.startsWith('handle.')) throw new Error('the disk failed');
    };
    const work = () => locked(lockWithin(join(folder, 'made/deep')), 'it', silent, nothing);
    expect(await watching(folder, failing, () => thrown(work))).toMatchObject({
      code: 'IoError',
      message: expect.stringMatching(/^it: cannot lock it: the disk failed/),
    });
    expect(existsSync(join(folder, 'made'))).toBe(false);
    expect(openFilesOf(folder)).toEqual([]);
    mkdirSync(join(folder, 'made/deep'), { recursive: true });
    writeFileSync(lockWithin(join(folder, 'made/deep')), 'another');
    expect(endBy('SIGTERM').waits).toEqual([]);
    expect(readFileSync(lockWithin(join(folder, 'made/deep')), 'utf8')).toBe('another');
  });
});

describe('a lock that another holds', () => {
  const since = '2026-01-01T00:00:00.000Z';
  const holder = { pid: 12, host: hostname(), since };
  const line = (value: unknown) => `${JSON.stringify(value)}\n`;
  const unknown = 'another process: wait until it ends, end it, or';
  const padded = (bytes: number) => {
    const missing = bytes - line({ ...holder, host: '' }).length;
    return { ...holder, host: 'h'.repeat(missing) };
  };

  it.each<[string, string]>([
    [line(holder), `process 12, since ${since}: wait until it ends, end it (kill 12), or`],
    [line({ ...holder, host: 'h' }), `process 12 on h, since ${since}: wait until it ends, end it there, or`],
    [
      line(padded(1024)),
      `process 12 on ${padded(1024).host}, since ${since}: wait until it ends, end it there, or`,
    ],
    [line({ host: 'h', since }), unknown],
    [line({ pid: 12, since }), unknown],
    [line({ pid: 12, host: 'h' }), unknown],
    [line(null), unknown],
    [line('pid host since'), unknown],
    ['{"pid":12\n', unknown],
  ])('is refused with its holder: %j', async (text, who) => {
    await whileHeld(text, async (folder) => {
      expect(await thrown(() => locked(lockWithin(folder), 'it', silent, nothing))).toMatchObject({
        code: 'OFT6012',
        message: expect.stringContaining(`it is being written by ${who} name another place`),
      });
      expect(readFileSync(lockWithin(folder), 'utf8')).toBe(text);
      if (tellsOpenFiles) expect(openFilesOf(folder)).toHaveLength(1);
      expect(endBy('SIGTERM').waits).toEqual([]);
    });
  });

  it('is read again while its text has no end, twenty times', async () => {
    const looks = async (onLook: (n: number, folder: string) => void) => {
      let n = 0;
      const message = await whileHeld(JSON.stringify(holder), (folder) =>
        withMethod(
          'read',
          (read) =>
            async function (...args) {
              const found = await read.call(this, ...args);
              onLook(++n, folder);
              return found;
            },
          async () => String(await thrown(() => locked(lockWithin(folder), 'it', silent, nothing))),
        ),
      );
      return [n, /kill 12/.test(message)];
    };
    expect(await looks((n, folder) => n === 3 && appendFileSync(lockWithin(folder), '\n'))).toEqual([
      4,
      true,
    ]);
    const later = (n: number, folder: string) =>
      n === 1 && setTimeout(() => appendFileSync(lockWithin(folder), '\n'), 20);
    expect(await looks(later)).toEqual([2, true]);
    expect(await looks(() => {})).toEqual([20, true]);
  });

  it('stays where a signal comes while it is waited for', async () => {
    await whileHeld(line(holder), async (folder) => {
      const waiting = withSystem(
        'waitForLock',
        () => {
          expect(endBy('SIGTERM')).toEqual({ sent: [[true, 'SIGTERM']], waits: [] });
          throw new Error('ended');
        },
        () => locked(lockWithin(folder), 'it', { ...silent, wait: true }, nothing),
      );
      await expect(waiting).rejects.toThrow('ended');
      expect(existsSync(lockWithin(folder))).toBe(true);
    });
  });
});

describe('a lock that is asked for', () => {
  it('leaves nothing where a signal comes before it is held', async () => {
    const folder = newFolder();
    const asking = withSystem(
      'tryLock',
      (n) => {
        if (n > 1) return; // the end of the process tries it
        expect(endBy('SIGTERM').waits).toEqual([]);
        expect(existsSync(join(folder, 'made'))).toBe(false);
        throw new Error('ended');
      },
      () => locked(lockWithin(join(folder, 'made/deep')), 'it', silent, nothing),
    );
    await expect(asking).rejects.toThrow('ended');
  });

  it('leaves nothing where a signal comes when it is held, before that is known', async () => {
    const folder = newFolder();
    const asking = withMethod(
      'stat',
      () => async () => {
        expect(endBy('SIGTERM').waits).toEqual([]);
        expect(existsSync(lockWithin(folder))).toBe(false);
        throw new Error('ended');
      },
      () => locked(lockWithin(folder), 'it', silent, nothing),
    );
    await expect(asking).rejects.toThrow('ended');
  });

  it('waits a moment for its file where a signal comes before that', async () => {
    const folder = newFolder();
    const on = (line: string) => {
      if (!line.startsWith('open ')) return;
      expect(endBy('SIGTERM').waits).toHaveLength(19);
      throw new Error('ended');
    };
    const asking = watching(folder, on, () => locked(lockWithin(folder), 'it', silent, nothing));
    await expect(asking).rejects.toThrow('ended');
  });

  it('is asked for again where its file went, or another took its place, before it was held', async () => {
    for (const replace of [false, true]) {
      const folder = newFolder();
      const at = lockWithin(folder);
      let tries = 0;
      await withSystem(
        'tryLock',
        (n) => {
          tries = n;
          if (n > 2) return;
          // The other file is made first, so that it has another number.
          if (replace) writeFileSync(join(folder, 'other'), '');
          rmSync(at);
          if (replace) writeFileSync(at, 'another');
        },
        () =>
          locked(at, 'it', silent, async (isHeld) => {
            expect(isHeld).toBe(true);
            expect(JSON.parse(readFileSync(at, 'utf8')).pid).toBe(process.pid);
            if (tellsOpenFiles) expect(openFilesOf(folder)).toEqual([at]);
          }),
      );
      expect(tries).toBe(3);
      expect(existsSync(at)).toBe(false);
    }
  });

  it('leaves nothing where a signal comes when it is asked for again', async () => {
    const folder = newFolder();
    const at = lockWithin(folder);
    let opened = 0;
    const on = (line: string) => {
      if (!line.startsWith('open ') || ++opened < 2) return;
      expect(endBy('SIGTERM').waits).toEqual([]);
      expect(existsSync(at)).toBe(false);
      throw new Error('ended');
    };
    const replaced = (n: number) => {
      if (n > 1) return;
      rmSync(at);
      writeFileSync(at, 'another');
    };
    const asking = watching(folder, on, () =>
      withSystem('tryLock', replaced, () => locked(at, 'it', silent, nothing)),
    );
    await expect(asking).rejects.toThrow('ended');
  });

  it('is asked for a thousand times in a row where its folder disappears, and once where it cannot be made', async () => {
    for (const [code, times] of [
      ['ENOENT', 1000],
      ['EACCES', 1],
    ] as const) {
      const folder = newFolder();
      const at = lockWithin(folder);
      let [opened, missed] = [0, 0];
      const on = (line: string) => {
        if (!line.startsWith('open ') || ++opened === 2) return;
        if (opened > 2) missed++;
        const first = opened === 1 ? 'ENOENT' : code;
        throw Object.assign(new Error(first), { code: first });
      };
      const gone = (n: number) => n === 1 && rmSync(at);
      const asking = watching(folder, on, () =>
        withSystem('tryLock', gone, () => locked(at, 'it', silent, nothing)),
      );
      await expect(asking).rejects.toMatchObject({ code: 'IoError', file: 'it' });
      expect(missed).toBe(times);
      expect(openFilesOf(folder)).toEqual([]);
    }
  });
});

it('a lock is asked for a thousand times where its folder always disappears', async () => {
  const folder = newFolder();
  let opened = 0;
  const on = (line: string) => {
    if (!line.startsWith('open ')) return;
    opened++;
    throw Object.assign(new Error('gone'), { code: 'ENOENT' });
  };
  const asking = watching(folder, on, () => locked(lockWithin(folder), 'it', silent, nothing));
  await expect(asking).rejects.toMatchObject({ code: 'IoError', file: 'it' });
  expect(opened).toBe(1000);
});

describe('a system without locks', () => {
  const fails = (code: unknown) => () => {
    throw Object.assign(new Error('no locks'), { code });
  };
  it.each([
    'ENOSYS',
    'ENOLCK',
    'ENOTSUP',
    'EOPNOTSUPP',
    'ADDON_NOT_FOUND',
    'CANNOT_LOAD',
    'ERR_DLOPEN_FAILED',
  ])('that says %s does the work, and is told of', async (code) => {
    const folder = newFolder();
    for (const [name, wait] of [
      ['tryLock', false],
      ['waitForLock', true],
    ] as const) {
      const told: unknown[] = [];
      const options = { wait, warn: (line: string) => told.push(line) };
      await withSystem(name, fails(code), () =>
        locked(lockWithin(folder), 'it', options, async (isHeld) => {
          told.push(isHeld);
          expect(JSON.parse(readFileSync(lockWithin(folder), 'utf8')).pid).toBe(process.pid);
        }),
      );
      expect(told).toEqual([
        `no lock can be had on it (${code}): see that no other process writes there`,
        false,
      ]);
      expect(existsSync(lockWithin(folder))).toBe(false);
    }
  });

  it('leaves nothing where a signal comes', async () => {
    const folder = newFolder();
    const options = { warn: () => {} };
    await withSystem('tryLock', fails('ENOSYS'), () =>
      locked(lockWithin(folder), 'it', options, async () => {
        expect(endBy('SIGTERM').waits).toEqual([]);
        expect(existsSync(lockWithin(folder))).toBe(false);
      }),
    );
  });

  it.each(['EIO', undefined, 7])('is none for the error %s, which is thrown', async (code) => {
    const folder = newFolder();
    mkdirSync(join(folder, 'it'));
    const work = () => locked(lockWithin(folder), 'it', silent, () => expect.fail('it works'));
    expect(await withSystem('tryLock', fails(code), () => thrown(work))).toMatchObject({
      message: 'no locks',
    });
    expect(openFilesOf(folder)).toEqual([]);
  });
});
