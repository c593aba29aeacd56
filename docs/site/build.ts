/**
 * `npm run site`: builds docs/ and the apps beside this file into site-dist/, static files that run from any path.
 * `npm run site -- folder` builds into another folder.
 */
import { existsSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildApp } from './apps.ts';
import { APPS, root, site } from './places.ts';

/** Builds the whole site into a folder, which is emptied. */
export async function buildSite(out: string): Promise<void> {
  rmSync(out, { recursive: true, force: true });
  const { build } = await import('vitepress');
  await build(site, { outDir: out });
  for (const [name, folder] of Object.entries(APPS)) {
    const source = join(site, name);
    if (existsSync(join(source, 'index.html'))) await buildApp(source, join(out, folder));
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]!).href)
  await buildSite(resolve(process.argv[2] ?? join(root, 'site-dist')));
