/**
 * Bundles test files into scripts that hold the code under test with all its mutants, to be evaluated anew for each.
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { build } from 'esbuild';
import { BUNDLED, ROOT, withAddress } from '../support/bundled.ts';
import { type Mutant, schemata } from './mutants.ts';

/** The text of a source file, and its mutants. */
export interface Mutated {
  readonly text: string;
  readonly mutants: readonly Mutant[];
}

/** Writes one script for each test file into `outdir`, at the same relative path with the ending `.js`. */
export async function bundle(
  files: readonly string[],
  mutated: ReadonlyMap<string, Mutated>,
  outdir: string,
): Promise<void> {
  await build({
    ...BUNDLED,
    entryPoints: [...files],
    outdir,
    outbase: ROOT,
    plugins: [
      {
        name: 'mutants',
        setup: ({ onLoad }) => {
          onLoad({ filter: /\.ts$/ }, ({ path }) => {
            const known = mutated.get(relative(ROOT, path).replaceAll('\\', '/'));
            const text = known ? schemata(known.text, known.mutants) : readFileSync(path, 'utf8');
            return { contents: withAddress(text, path), loader: 'ts' };
          });
        },
      },
    ],
  });
}
