/** Measures the sizes of parts of the package as a browser downloads them: bundled, minified, compressed. */
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** The most bytes of the runtime alone, minified and compressed. */
const LIMIT = 20_000;

export interface SizeResult {
  readonly minified: number;
  readonly gzip: number;
  readonly limit: number;
}

export const runtimeSize = (): Promise<SizeResult> => sizeOf('../runtime/index.ts', LIMIT);

/** Measures the bundle of a module and all its imports. */
export async function sizeOf(entry: string, limit: number): Promise<SizeResult> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false,
  });
  const code = outputFiles[0]!.contents;
  return { minified: code.length, gzip: gzipSync(code, { level: 9 }).length, limit };
}
