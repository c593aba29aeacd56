/** Compares WGSL with the files in wgsl/; `OFTC_UPDATE=1` writes them anew. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

const HERE = import.meta.url;

/** Expects a text to be that of a file in wgsl/; `from` is the URL of a file beside that folder. */
export function expectWritten(name: string, text: string, from = HERE): void {
  const folder = new URL('./wgsl/', from);
  const file = fileURLToPath(new URL(`${name}.wgsl`, folder));
  if (process.env.OFTC_UPDATE) {
    mkdirSync(fileURLToPath(folder), { recursive: true });
    writeFileSync(file, text);
  }
  expect(text).toBe(readFileSync(file, 'utf8'));
}
