/** The cases that are kept: each a file of JSON with the parts of an input, and why it is kept. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Case } from '../target.ts';

export interface Kept {
  /** The failure that the input caused, or the reason why it is kept. */
  readonly what: string;
  /** How it was mended; null while it fails. */
  readonly mend: string | null;
  /** The command that runs it. */
  readonly repeat: string;
  readonly input: Case;
}

const FOLDER = fileURLToPath(new URL('../corpus/', import.meta.url));

export const readKept = (file: string): Kept => JSON.parse(readFileSync(file, 'utf8')) as Kept;

/** The kept cases of a target, with their names. */
export function corpusOf(target: string): readonly (Kept & { readonly name: string })[] {
  const folder = join(FOLDER, target);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => ({ ...readKept(join(folder, name)), name: basename(name, '.json') }));
}

/** Writes a failing case, and returns the file. A case is kept under the digest of how it fails. */
export function keep(target: string, input: Case, signature: string, what: string): string {
  const folder = join(FOLDER, target);
  const name = createHash('sha256').update(signature).digest('hex').slice(0, 12);
  const repeat = `npm run fuzz -- ${target} --replay ${name}`;
  const kept: Kept = { what, mend: null, repeat, input };
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.json`);
  writeFileSync(file, `${JSON.stringify(kept, null, 2)}\n`);
  return file;
}
