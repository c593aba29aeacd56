/** Writes the files that a build makes, for tests that run them. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pythonTexts } from '../../../../src/cli/package.ts';

export const from = { file: 'layer.ts', version: '0.0.0' };
export const library = pythonTexts();

export const readHere = (file: string) => readFileSync(new URL(file, import.meta.url));

export function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}
