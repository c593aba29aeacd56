/** Code of tests for a Node process of its own. Needs `npm run build`. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));
const ROOMS = /^(compiler|kernels-gen|runtime|src)[\\/]/;

/** Leaves oftc's own modules outside, as they are built. */
const built: Plugin = {
  name: 'built',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ path, importer, kind }) => {
      const own = resolve(dirname(importer), path).slice(root.length);
      if (kind === 'entry-point' || !ROOMS.test(own)) return undefined;
      return { path: pathToFileURL(join(root, 'dist', own.replace(/\.ts$/, '.js'))).href, external: true };
    }),
};

const bundles = new Map<string, Promise<string>>();

/**
 * The path of a module that Node runs, made of a TypeScript file of the tests and what it imports of theirs: nothing is
 * compiled while it starts, which took most of such a process's time.
 */
export function childCode(script: URL): Promise<string> {
  const path = fileURLToPath(script);
  const known = bundles.get(path);
  if (known) return known;
  const outfile = join(mkdtempSync(join(tmpdir(), 'oftc-child-')), `${basename(path, '.ts')}.mjs`);
  const options = { platform: 'node', format: 'esm', bundle: true } as const;
  const made = build({ entryPoints: [path], outfile, ...options, plugins: [built] }).then(() => outfile);
  bundles.set(path, made);
  return made;
}
