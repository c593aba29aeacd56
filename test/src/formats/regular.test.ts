/** Files are read whole only where they are regular files, whatever was there when they were looked at. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readRegular } from '../../../src/formats/regular.ts';
import { newFolder, refused } from './files.ts';

const folder = newFolder();
const at = (name: string) => join(folder, name);

it('reads a file, and a link to one', async () => {
  writeFileSync(at('file'), 'text');
  symlinkSync('file', at('link'));
  expect(`${await readRegular(at('file'))}`).toBe('text');
  expect(`${await readRegular(at('link'))}`).toBe('text');
});

it.runIf(process.platform !== 'win32')('refuses a device that never ends, a pipe and a folder', async () => {
  execFileSync('mkfifo', [at('pipe')]);
  symlinkSync('/dev/zero', at('device'));
  mkdirSync(at('folder'));
  for (const name of ['device', 'pipe', 'folder'])
    await refused(() => readRegular(at(name)), 'MissingFile', 'it is not a regular file');
});

it('says what the system says of a missing file', async () => {
  await expect(readRegular(at('none'))).rejects.toMatchObject({
    code: 'IoError',
    message: expect.stringContaining('cannot open it'),
  });
});
