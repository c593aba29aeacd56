/**
 * `npm run site`: builds docs/ and the apps beside this file into site-dist/, static files that run from any path.
 *
 *   npm run site -- folder                            builds into another folder
 *   npm run site -- folder --pages                    the pages alone; --methods oft,hra: derivations of these methods only
 *   npm run site -- folder --app playground           one app alone
 */
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildApp } from './apps.ts';
import { brokenLinks } from './check-links.ts';
import { hasApp } from './contents.ts';
import { writeDerivations } from './derivations.ts';
import { APPS, type App, root, site } from './places.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    pages: { type: 'boolean', default: false },
    app: { type: 'string' },
    methods: { type: 'string' },
  },
});

/** Builds the pages into a folder. */
async function buildPages(out: string): Promise<void> {
  // The settings of the pages read it: VitePress loads them by itself.
  process.env.OFTC_DERIVATIONS = await writeDerivations(values.methods?.split(','));
  const { build } = await import('vitepress');
  await build(site, { outDir: out });
}

async function main(out: string): Promise<void> {
  const apps = (Object.keys(APPS) as App[]).filter(hasApp);
  if (values.app !== undefined) {
    const app = apps.find((name) => name === values.app);
    if (!app) throw new Error(`there is no app '${values.app}': ${apps.join(', ') || 'none is there'}`);
    return buildApp(join(site, app), out);
  }
  rmSync(out, { recursive: true, force: true });
  await buildPages(out);
  if (!values.pages) for (const app of apps) await buildApp(join(site, app), join(out, APPS[app]));
  const broken = brokenLinks(out, values.pages ? Object.values(APPS) : []);
  for (const link of broken) console.error(`leads nowhere: ${link}`);
  if (broken.length > 0) process.exitCode = 1;
}

await main(resolve(positionals[0] ?? join(root, 'site-dist')));
