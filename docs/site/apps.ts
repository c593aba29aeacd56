/**
 * Builds the apps of the site with Vite. An app is a folder with an index.html, and with a vite.config.ts where it
 * needs one.
 */
import { join } from 'node:path';
import { build, type UserConfig } from 'vite';
import { root } from './places.ts';

/** The names by which an app imports the package, as in tsconfig.json. The longer names come first. */
const ENTRIES = {
  'oftc/associate': 'src/associate/index.ts',
  'oftc/models': 'src/finetune/api.ts',
  'oftc/extend': 'src/extend/index.ts',
  'oftc/runtime': 'runtime/index.ts',
  oftc: 'src/index.ts',
};

/** The settings that all apps share; an app's own vite.config.ts adds to them. */
export const appConfig = (source: string, out: string): UserConfig => ({
  root: source,
  base: './',
  logLevel: 'warn',
  resolve: {
    alias: Object.entries(ENTRIES).map(([name, file]) => ({
      find: new RegExp(`^${name}$`),
      replacement: join(root, file),
    })),
  },
  worker: { format: 'es' },
  build: { outDir: out, emptyOutDir: true, target: 'es2023' },
});

export async function buildApp(source: string, out: string): Promise<void> {
  await build(appConfig(source, out));
}
