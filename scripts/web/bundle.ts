/** `npx tsx scripts/web/bundle.ts folder`: bundles the compiler's worker into a folder, as oftc-worker.js. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { ROOT } from './places.ts';

export interface Bundle {
  readonly text: string;
  readonly inputs: Metafile['inputs'];
}

/** Bundles the worker for browsers. The package has to be built, because the worker holds its declarations. */
export async function bundleWorker(options: Pick<BuildOptions, 'plugins' | 'minify'> = {}): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(ROOT, 'src/web/worker.ts')],
    bundle: true,
    minify: true,
    ...options,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    metafile: true,
    write: false,
    outfile: 'oftc-worker.js',
  });
  const script = outputFiles.find((f) => f.path.endsWith('oftc-worker.js'))!;
  return { text: script.text, inputs: metafile.inputs };
}

if (import.meta.url === pathToFileURL(process.argv[1]!).href) {
  const folder = resolve(process.argv[2] ?? 'oftc-worker');
  const { text } = await bundleWorker();
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'oftc-worker.js');
  writeFileSync(file, text);
  const kilobytes = (bytes: number): string => `${Math.round(bytes / 1024)} KiB`;
  const [own, gzip, brotli] = [Buffer.from(text), gzipSync(text), brotliCompressSync(text)];
  console.log(
    `${file}: ${kilobytes(own.length)}, gzip ${kilobytes(gzip.length)}, brotli ${kilobytes(brotli.length)}`,
  );
}
