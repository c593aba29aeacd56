/** WGSL against the files in wgsl/; `OFTC_UPDATE=1` writes them anew. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

const fileOf = (name: string) => fileURLToPath(new URL(`./wgsl/${name}.wgsl`, import.meta.url));

export function expectWritten(name: string, text: string): void {
  if (process.env.OFTC_UPDATE) {
    mkdirSync(fileURLToPath(new URL('./wgsl/', import.meta.url)), { recursive: true });
    writeFileSync(fileOf(name), text);
  }
  expect(text).toBe(readFileSync(fileOf(name), 'utf8'));
}
