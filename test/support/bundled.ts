/** Options of esbuild for scripts that hold TypeScript of this project, as vitest runs it. */
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { BuildOptions } from 'esbuild';
import config from '../../vitest.config.ts';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const { alias } = config.resolve as { readonly alias: Record<string, string> };
const { setupFiles } = config.test as { readonly setupFiles: string };

/** Bundles for Node. vitest runs the set-up file before each test file, and so does the bundle. */
export const BUNDLED = {
  absWorkingDir: ROOT,
  bundle: true,
  inject: [setupFiles],
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  alias,
  logLevel: 'error',
} as const satisfies BuildOptions;

/** The source with its own address in it, which a script of CommonJS has not. */
export const withAddress = (text: string, path: string): string =>
  text.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href));
