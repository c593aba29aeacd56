/** The end of a process undoes what is half done, once and the latest first, and waits a moment for what threads make. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { appears, removeAtEnd, undoAtEnd } from '../../../src/formats/undo.ts';
import { watchOperations } from '../../faults/operations.mjs';
import { ENDINGS, endAll, endBy, listening, waitsOf } from './at-end.ts';
import { newFolder } from './files.ts';

const folder = newFolder();
const at = (name: string) => join(folder, name);
/** Twenty looks, and five milliseconds before each but the first. */
const ALL_WAITS = Array<number>(19).fill(5);

// Other tests of this process may have left the listeners.
beforeEach(endAll);

it.each(ENDINGS)('%s undoes what is not done, the latest first and once', (event) => {
  const undone: string[] = [];
  undoAtEnd(() => undone.push('first'));
  undoAtEnd(() => undone.push('second'));
  undoAtEnd(() => undone.push('done'))();
  expect(listening()).toEqual([1, 1, 1, 1]);
  const sent = event === 'exit' ? [] : [[true, event]];
  expect(endBy(event)).toEqual({ sent, waits: [] });
  expect(undone).toEqual(['second', 'first']);
  expect(listening()).toEqual([0, 0, 0, 0]);
  undoAtEnd(() => undone.push('later'));
  expect(listening()).toEqual([1, 1, 1, 1]);
  expect(endBy(event)).toEqual({ sent, waits: [] });
  expect(undone).toEqual(['second', 'first', 'later']);
});

it('the process listens on when all is done, and where others listen they decide whether it ends', () => {
  undoAtEnd(() => expect.fail('it was done'))();
  expect(listening()).toEqual([1, 1, 1, 1]);
  expect(endBy('SIGTERM', [() => {}])).toEqual({ sent: [], waits: [] });
});

it('work that cannot be undone does not stop the rest', () => {
  const undone: string[] = [];
  undoAtEnd(() => undone.push('first'));
  undoAtEnd(() => {
    throw new Error('a disk that is gone');
  });
  expect(endBy('SIGHUP').sent).toEqual([[true, 'SIGHUP']]);
  expect(undone).toEqual(['first']);
});

it('what is there is removed at once, a folder with all in it', () => {
  mkdirSync(at('made/deep'), { recursive: true });
  writeFileSync(at('made/deep/file'), '');
  expect(waitsOf(() => removeAtEnd(at('made')))).toEqual([]);
  expect(existsSync(at('made'))).toBe(false);
});

it('what a thread makes within a moment is removed', () => {
  const make = (n: number) => n === 19 && writeFileSync(at('late'), '');
  expect(waitsOf(() => removeAtEnd(at('late')), make)).toEqual(ALL_WAITS);
  expect(existsSync(at('late'))).toBe(false);
  expect(waitsOf(() => removeAtEnd(at('never')))).toEqual(ALL_WAITS);
});

it('what a thread fills while it is removed is removed again, up to twenty times', async () => {
  let failures = 0;
  const back = await watchOperations((name, _, path) => {
    if (name === 'rmSync' && path === at('filling') && failures-- > 0) throw new Error('ENOTEMPTY');
  });
  try {
    const removal = (times: number) => {
      mkdirSync(at('filling'), { recursive: true });
      failures = times;
      return waitsOf(() => removeAtEnd(at('filling')));
    };
    expect(removal(2)).toEqual([5, 5]);
    expect(removal(19)).toEqual(ALL_WAITS);
    expect(existsSync(at('filling'))).toBe(false);
    expect(() => removal(20)).toThrow('ENOTEMPTY');
    expect(existsSync(at('filling'))).toBe(true);
  } finally {
    back();
  }
});

it('a file appears if it is there within the same moment', () => {
  const seen: boolean[] = [];
  const look = (onWait?: (n: number) => void) => waitsOf(() => seen.push(appears(at('soon'))), onWait);
  expect(look()).toEqual(ALL_WAITS);
  expect(look((n) => n === 3 && writeFileSync(at('soon'), ''))).toEqual([5, 5, 5]);
  expect(look()).toEqual([]);
  expect(seen).toEqual([false, true, true]);
});
