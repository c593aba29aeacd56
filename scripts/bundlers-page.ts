/** Renders the part of docs/bundlers.md that holds figures: what an app downloads, from bench/results/size.json. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { PackageSize } from '../bench/package-size.ts';
import { withParts } from './parts-of-page.ts';

const path = (of: string) => fileURLToPath(new URL(`../${of}`, import.meta.url));

const kilobytes = (bytes: number): string => `${(bytes / 1e3).toFixed(bytes < 1e5 ? 1 : 0)} kB`;
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

const row = (
  name: string,
  { minified, gzip }: { readonly minified: number; readonly gzip: number },
): string => `| ${name} | ${kilobytes(minified)} | ${kilobytes(gzip)} |`;

export function sizeTable({ tarball, exports, modules }: PackageSize): string {
  const inBrowsers = exports.filter((e) => e.platform === 'browser');
  return [
    '| | Minified | Compressed |',
    '|---|--:|--:|',
    ...modules.map((m) => row(`\`examples/oft.ts${m.query}\`, 1024 → 1024`, m)),
    ...inBrowsers.map((e) => row(`\`${e.name}\``, e)),
    '',
    `Each row is a bundle by esbuild, compressed with gzip. A layer’s module needs \`oftc/runtime\` besides, once for all layers. The`,
    `package has ${megabytes(tarball.packed)} to download and ${megabytes(tarball.unpacked)} installed, source maps included: \`npm run bench -- size\`.`,
  ].join('\n');
}

/** Renders docs/bundlers.md with its computed part. */
export function renderBundlers(): string {
  const sizes: PackageSize = JSON.parse(readFileSync(path('bench/results/size.json'), 'utf8'));
  const old = readFileSync(path('docs/bundlers.md'), 'utf8');
  return withParts('docs/bundlers.md', old, { sizes: sizeTable(sizes) });
}
