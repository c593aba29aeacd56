/** Replaces a file alone: leftovers of killed processes go, and two writers come one after the other. */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { alone } from '../../../src/formats/alone.ts';
import { writeWhole } from '../../../src/formats/write-whole.ts';
import { withSystem } from './system-locks.ts';

const folder = mkdtempSync(join(tmpdir(), 'oftc-alone-'));
const path = join(folder, 'plan.svg');
const silent = (line: string) => expect.fail(line);

it('removes what a killed process left of the file, and nothing else', async () => {
  const left = '.plan.svg-new-6f1c2b1e-54a5-4c61-9d2c-0b6a2e6f1a11.tmp';
  const others = [
    '.other.svg-new-6f1c2b1e-54a5-4c61-9d2c-0b6a2e6f1a11.tmp',
    '.plan.svg-new-1.tmp',
    'notes.txt',
  ];
  for (const name of [left, ...others]) writeFileSync(join(folder, name), 'a thesis');
  await alone(path, silent, () => writeWhole(path, 'whole'));
  expect(readdirSync(folder).sort()).toEqual([...others, 'plan.svg'].sort());
  expect(readFileSync(path, 'utf8')).toBe('whole');
});

it('lets one write at a time', async () => {
  let writing = 0;
  const write = (text: string) =>
    alone(path, silent, async () => {
      expect(++writing).toBe(1);
      await writeWhole(path, text);
      writing--;
    });
  await Promise.all(['a', 'b', 'c'].map(write));
  expect(readFileSync(path, 'utf8')).toMatch(/^[abc]$/);
});

it('leaves a missing folder to the work', async () => {
  const missing = join(folder, 'missing/plan.svg');
  await expect(alone(missing, silent, () => writeWhole(missing, ''))).rejects.toMatchObject({
    code: 'ENOENT',
  });
  expect(readdirSync(folder)).not.toContain('missing');
});

it.each([211, 245, 255])('locks a file whose name has %i bytes', async (length) => {
  const long = join(folder, 'é'.repeat(3) + 'n'.repeat(length - 6));
  await alone(long, silent, () => writeWhole(long, 'whole'));
  expect(readFileSync(long, 'utf8')).toBe('whole');
});

it('says that there is no lock, and then removes nothing that another process may be writing', async () => {
  const noLocks = () => {
    throw Object.assign(new Error('no locks'), { code: 'ENOLCK' });
  };
  const others = join(folder, '.plan.svg-new-6f1c2b1e-54a5-4c61-9d2c-0b6a2e6f1a12.tmp');
  writeFileSync(others, 'half of');
  const warned: string[] = [];
  const warn = (line: string) => warned.push(line);
  await withSystem('waitForLock', noLocks, () => alone(path, warn, () => writeWhole(path, 'whole')));
  expect(warned).toEqual([expect.stringContaining('ENOLCK')]);
  expect(readFileSync(others, 'utf8')).toBe('half of');
});
