/** Vitest's snapshots for tests that run outside it. They are compared, and never written. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';

/** The folder of the running test's file, which paths of snapshots are relative to. */
let folder = '';

/** Says which file the next tests are in. */
export function inFile(path: string): void {
  folder = dirname(path);
}

const compared = (received: string, expected: string) => ({
  pass: received === expected,
  message: () => `expected\n${received}\nto be the snapshot\n${expected}`,
});

function text(received: unknown): string {
  if (typeof received === 'string') return received;
  throw new TypeError('only snapshots of texts can be compared here');
}

/** An inline snapshot without the indentation of the code around it. */
function flushLeft(inline: string): string {
  const lines = inline.split('\n');
  const indentation = lines.slice(1).find((l) => l.trim() !== '');
  const width = indentation === undefined ? 0 : indentation.length - indentation.trimStart().length;
  return lines
    .map((l, i) => (i === 0 ? l : l.slice(width)))
    .join('\n')
    .trim();
}

expect.extend({
  toMatchFileSnapshot: (received: unknown, path: string) =>
    compared(text(received), readFileSync(join(folder, path), 'utf8')),
  toMatchInlineSnapshot: (received: unknown, inline: string) =>
    compared(`"${text(received)}"`, flushLeft(inline)),
});
