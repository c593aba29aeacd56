/** Bundles code of tests that runs in a Node process of its own. Needs `npm run build`. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));
const ROOMS = /^(compiler|kernels-gen|runtime|src)[\\/]/;

/** A plugin of esbuild that leaves oftc's own modules out of the bundle and imports them from dist. */
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
 * Bundles a TypeScript file and the test files that it imports into a module, and returns the module's path. Node
 * then compiles nothing when it starts, which took most of such a process's time.
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
