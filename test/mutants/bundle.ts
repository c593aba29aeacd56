/**
 * Bundles test files into scripts that hold the code under test with all its mutants, to be evaluated anew for each.
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import config from '../../vitest.config.ts';
import { type Mutant, schemata } from './mutants.ts';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

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
  const { alias } = config.resolve as { readonly alias: Record<string, string> };
  const { setupFiles } = config.test as { readonly setupFiles: string };
  await build({
    absWorkingDir: ROOT,
    entryPoints: [...files],
    outdir,
    outbase: ROOT,
    bundle: true,
    // As vitest does, which runs it before each test file.
    inject: [setupFiles],
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    alias,
    logLevel: 'error',
    plugins: [
      {
        name: 'mutants',
        setup: ({ onLoad }) => {
          onLoad({ filter: /\.ts$/ }, ({ path }) => {
            const known = mutated.get(relative(ROOT, path).replaceAll('\\', '/'));
            const text = known ? schemata(known.text, known.mutants) : readFileSync(path, 'utf8');
            const url = JSON.stringify(pathToFileURL(path).href);
            return { contents: text.replaceAll('import.meta.url', url), loader: 'ts' };
          });
        },
      },
    ],
  });
}
