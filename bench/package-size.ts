/** Measures the package: its tarball, each export as a bundler puts it in an app, and modules of compiled layers; and pages of the site. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type Platform } from 'esbuild';
import { LayerCompiler } from '../src/bundlers/compile.ts';
import type { LayerOptions } from '../src/bundlers/options.ts';
import { cleanCopy, emptyProject, manifest, pack } from '../test/package/packed.ts';
import { type PageSize, pageSizes } from './page-sizes.ts';
import { ownVersions } from './report.ts';

export interface Bytes {
  readonly minified: number;
  readonly gzip: number;
}

/** An export in a bundle. One for browsers holds all that it needs; one for Node leaves packages out. */
export interface ExportSize extends Bytes {
  readonly name: string;
  readonly platform: Platform;
}

export interface ModuleSize extends Bytes {
  /** The import's query, without the sizes. */
  readonly query: string;
}

export interface PackageSize {
  readonly date: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly tarball: { readonly packed: number; readonly unpacked: number; readonly files: number };
  readonly exports: readonly ExportSize[];
  /** Modules of examples/oft.ts at MODULE. The runtime comes on top, once for all modules. */
  readonly modules: readonly ModuleSize[];
  /** The bytes that a first visit to each kind of page of the site transfers. */
  readonly pages: readonly PageSize[];
}

const MODULE = { in: 1024, out: 1024, b: 32 };
const QUERIES: Readonly<Record<string, LayerOptions>> = {
  '?oftc': {},
  '?oftc&gradients=false': { gradients: false },
  '?oftc&gradients=false&devices=gpu,integrated,portable': {
    gradients: false,
    devices: ['gpu', 'integrated', 'portable'],
  },
};

const root = fileURLToPath(new URL('../', import.meta.url));

async function bundled(source: string, folder: string, platform: Platform): Promise<Bytes> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: folder },
    ...{ bundle: true, minify: true, write: false, format: 'esm', target: 'es2022', platform },
    ...(platform === 'node' ? { packages: 'external' } : {}),
    logLevel: 'silent',
  });
  const code = outputFiles[0]!.contents;
  return { minified: code.length, gzip: gzipSync(code, { level: 9 }).length };
}

async function exportSize(name: string, project: string): Promise<ExportSize> {
  const { exports } = manifest;
  const target = exports[name === 'oftc' ? '.' : name.replace(/^oftc/, '.')] ?? exports['./adapters/*']!;
  const file = (typeof target === 'string' ? target : target.default).replace('*', name.replace(/^.*\//, ''));
  const source = `export * from '${join(project, 'node_modules/oftc', file)}';`;
  try {
    return { name, platform: 'browser', ...(await bundled(source, project, 'browser')) };
  } catch {
    // It needs Node's modules.
    return { name, platform: 'node', ...(await bundled(source, project, 'node')) };
  }
}

/** Measures all of it, writes `size.json` and prints it. */
export async function measurePackage(folder: string): Promise<void> {
  const packed = pack(cleanCopy());
  const project = emptyProject(packed, 'vitest', 'fast-check');
  const names = Object.keys(manifest.exports)
    .filter((path) => !path.endsWith('.json'))
    .map((path) => `oftc${path.slice(1)}`.replace('*', 'oft'));
  const exports: ExportSize[] = [];
  for (const name of names) exports.push(await exportSize(name, project));
  const compiler = new LayerCompiler(undefined);
  const modules: ModuleSize[] = [];
  for (const [query, options] of Object.entries(QUERIES)) {
    const { code } = await compiler.compile(root, join(root, 'examples/oft.ts'), {
      ...options,
      dims: MODULE,
    });
    const { outputFiles } = await build({
      stdin: { contents: code },
      ...{ bundle: true, minify: true, write: false, format: 'esm', external: ['oftc/runtime'] },
    });
    const { contents } = outputFiles[0]!;
    modules.push({ query, minified: contents.length, gzip: gzipSync(contents, { level: 9 }).length });
  }
  const result: PackageSize = {
    date: new Date().toISOString(),
    versions: ownVersions(),
    tarball: { packed: packed.size, unpacked: packed.unpackedSize, files: packed.files.length },
    exports,
    modules,
    pages: await pageSizes(),
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'size.json'), `${JSON.stringify(result, null, 2)}\n`);
  console.table(Object.fromEntries(exports.map(({ name, ...of }) => [name, of])));
  console.table(Object.fromEntries(modules.map(({ query, ...of }) => [query, of])));
  console.table(Object.fromEntries(result.pages.map(({ kind, ...of }) => [kind, of])));
  console.log(result.tarball);
}
