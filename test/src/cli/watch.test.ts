/**
 * `oftc check --watch` as a process: it checks after every save, also after one during a check. Needs `npm run
 * build`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { at, layerFile, OFT } from './harness.ts';

const MAIN = fileURLToPath(new URL('../../../dist/src/cli/main.js', import.meta.url));

test('a save during the first check is checked next; an interrupt ends it with 0', async () => {
  const file = layerFile('watched.ts', OFT);
  const child = spawn(process.execPath, [
    MAIN,
    'check',
    file,
    '--watch',
    '--trials',
    '10',
    '--device',
    'cpu',
  ]);
  let output = '';
  const seen = (pattern: RegExp) =>
    new Promise<void>((done, fail) => {
      const look = () => pattern.test(output) && done();
      child.on('exit', () => fail(new Error(`ended before ${pattern}:\n${output}`)));
      for (const stream of [child.stdout, child.stderr]) stream.on('data', look);
      look();
    });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  try {
    // Verification begins after these words, and takes longer than the save.
    await seen(/no diagnostics/);
    writeFileSync(at('watched.ts'), OFT.replace('skew(v)', 'skew(W)'));
    await seen(/watching watched\.ts[\s\S]*error (TS|OFT)\d+[\s\S]*watching watched\.ts/);
    writeFileSync(at('watched.ts'), OFT);
    await seen(/error [\s\S]*no diagnostics/);
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
  } finally {
    child.kill('SIGKILL');
  }
});
